// Tokens to a tree. Knows the grammar and the names of fields, not what their values look like.
//
//   either     = both { "or" both }
//   both       = one { "and" one }
//   one        = "not" one | "(" either ")" | HEX | FIELD [ OPERATOR value | "in" "{" range { "," range } "}" ]
//   range      = value [ ".." value ]
import { type Field, fieldNamed } from './fields.js';
import { FilterError } from './filter-error.js';
import { isHex, lex, type Token } from './lexer.js';
import { type Logic, logicOf, type Operator, operatorOf } from './operators.js';

/** A value, or all from `low` to `high`. */
export interface RangeNode {
  readonly low: Token;
  readonly high: Token | null;
}

export type Node =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Node[] }
  | { readonly kind: 'not'; readonly of: Node }
  /** Bare hex: a CID that starts with it. */
  | { readonly kind: 'prefix'; readonly hex: Token }
  | { readonly kind: 'present'; readonly field: Field }
  | {
      readonly kind: 'compare';
      readonly field: Field;
      readonly operator: Operator;
      /** One without an upper end, except for `in`. */
      readonly ranges: readonly RangeNode[];
    };

/** Characters of a filter, and how deep parentheses and `not` may be nested. */
export const MAX_TEXT = 4096;
const MAX_DEPTH = 64;

const OPERAND = 'a field such as dcid, backend or src, a connection ID in hex, "not" or "("';
const MORE = '"and", "or" or nothing more';

/** Null for a text without anything in it. @throws FilterError */
export function parse(source: string): Node | null {
  if (source.length > MAX_TEXT) {
    const rest = { source, from: MAX_TEXT, to: source.length };
    throw new FilterError(rest, `it is longer than ${MAX_TEXT} characters`, 'a shorter filter');
  }
  return new Parser(lex(source)).parse();
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Node | null {
    if (this.peek().kind === 'end') return null;
    const node = this.either();
    if (this.peek().kind !== 'end') this.unexpected(MORE);
    return node;
  }

  private peek(): Token {
    return this.tokens[this.at] as Token;
  }

  /** The token, and steps behind it. */
  private take(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  /** Whether the token is this symbol; then it is stepped over. */
  private takeSymbol(text: string): boolean {
    const token = this.peek();
    if (token.kind !== 'symbol' || token.text !== text) return false;
    this.at++;
    return true;
  }

  /** Whether the token is this logical operator; then it is stepped over. */
  private takeLogic(name: Logic): boolean {
    const { kind, text } = this.peek();
    if ((kind !== 'word' && kind !== 'symbol') || logicOf(text) !== name) return false;
    this.at++;
    return true;
  }

  private unexpected(expected: string): never {
    const { kind, text } = this.peek();
    if (kind === 'end') throw new FilterError(this.peek(), 'something is missing at its end', expected);
    if (kind === 'bad' && /^["']/.test(text)) {
      throw new FilterError(this.peek(), 'a quote is not closed', `the same quote ${text[0]} at its end`);
    }
    throw new FilterError(this.peek(), `"${text}" is not expected here`, expected);
  }

  private either(): Node {
    return this.chain('or', () => this.chain('and', () => this.one()));
  }

  private chain(kind: 'and' | 'or', operand: () => Node): Node {
    const of = [operand()];
    while (this.takeLogic(kind)) of.push(operand());
    return of.length > 1 ? { kind, of } : (of[0] as Node);
  }

  private nested<T>(read: () => T): T {
    if (this.depth === MAX_DEPTH) {
      throw new FilterError(this.peek(), `it is nested more than ${MAX_DEPTH} deep`, 'a flatter filter');
    }
    this.depth++;
    const result = read();
    this.depth--;
    return result;
  }

  private one(): Node {
    if (this.takeLogic('not')) return { kind: 'not', of: this.nested(() => this.one()) };
    if (this.takeSymbol('(')) {
      const node = this.nested(() => this.either());
      if (!this.takeSymbol(')')) this.unexpected('"and", "or" or ")"');
      return node;
    }
    const token = this.peek();
    if (token.kind !== 'word' || logicOf(token.text) || operatorOf(token.text)) this.unexpected(OPERAND);
    const field = fieldNamed(token.text);
    if (!field && !isHex(token.text)) throw new FilterError(token, `unknown field "${token.text}"`, OPERAND);
    this.at++;
    return field ? this.comparison(field) : { kind: 'prefix', hex: token };
  }

  private comparison(field: Field): Node {
    const token = this.peek();
    const operator = token.kind === 'word' || token.kind === 'symbol' ? operatorOf(token.text) : undefined;
    if (!operator) {
      const ends = token.kind === 'end' || (token.kind === 'symbol' && token.text === ')') || logicOf(token.text);
      if (!ends) this.unexpected(`an operator (${field.operators.join(' ')}), ${MORE}`);
      return { kind: 'present', field };
    }
    if (!field.operators.includes(operator)) {
      throw new FilterError(token, `${field.name} has no "${token.text}"`, field.operators.join(' '));
    }
    this.at++;
    const ranges = operator === 'in' ? this.set(field) : [{ low: this.value(field), high: null }];
    return { kind: 'compare', field, operator, ranges };
  }

  private set(field: Field): RangeNode[] {
    if (!this.takeSymbol('{')) this.unexpected('a set in braces: {1, 5, 10..20}');
    const ranges: RangeNode[] = [];
    do {
      const low = this.value(field);
      ranges.push({ low, high: this.takeSymbol('..') ? this.value(field) : null });
    } while (this.takeSymbol(','));
    if (!this.takeSymbol('}')) this.unexpected('"," and the next value, or "}"');
    return ranges;
  }

  private value(field: Field): Token {
    if (this.peek().kind !== 'word' && this.peek().kind !== 'string') this.unexpected(field.value);
    return this.take();
  }
}
