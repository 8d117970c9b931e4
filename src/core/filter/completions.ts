// What can be typed next in a filter.
import { FIELDS, type Field, fieldNamed } from './fields.js';
import { lex, type Token } from './lexer.js';
import { LOGIC, logicOf, OPERATORS, type Operator, operatorOf } from './operators.js';
import { MAX_TEXT } from './parser.js';

export interface Candidate {
  text: string;
  /** One line. */
  help: string;
}

export interface Completion {
  /** Columns that a candidate takes the place of: [from, to). */
  from: number;
  to: number;
  candidates: Candidate[];
}

/** What may come next: an operand, what follows a field, a value, "{", a value in braces, what follows that, "and". */
type State = 'operand' | 'operator' | 'value' | 'brace' | 'element' | 'separator' | 'joint';

interface Place {
  state: State;
  field: Field | null;
}

const COMPARED: Partial<Record<string, State>> = { in: 'brace' };

/** Steps over a token of a filter that may have errors. */
function step({ state, field }: Place, { kind, text }: Token): Place {
  const plain = kind === 'word' || kind === 'symbol';
  switch (state) {
    case 'operand': {
      if ((plain && logicOf(text) === 'not') || text === '(') return { state, field: null };
      const named = kind === 'word' ? fieldNamed(text) : undefined;
      return named ? { state: 'operator', field: named } : { state: 'joint', field: null };
    }
    case 'operator': {
      const operator = plain ? operatorOf(text) : undefined;
      if (operator) return { state: COMPARED[operator] ?? 'value', field };
      return step({ state: 'joint', field: null }, { kind, text } as Token);
    }
    case 'value':
      return { state: 'joint', field: null };
    case 'brace':
      return { state: 'element', field };
    case 'element':
      return { state: 'separator', field };
    case 'separator':
      return text === '}' ? { state: 'joint', field: null } : { state: 'element', field };
    case 'joint': {
      const logic = plain ? logicOf(text) : undefined;
      return { state: logic === 'and' || logic === 'or' ? 'operand' : 'joint', field: null };
    }
  }
}

const [AND, OR, NOT] = LOGIC.map(({ name, help }) => ({ text: name, help })) as [Candidate, Candidate, Candidate];
const JOINTS: readonly Candidate[] = [AND, OR];
const OWN_NAMES: readonly Candidate[] = FIELDS.map(({ name, help }) => ({ text: name, help }));
const OTHER_NAMES: readonly Candidate[] = FIELDS.flatMap(({ others, help }) => others.map((text) => ({ text, help })));

function candidates({ state, field }: Place, typed: boolean): readonly Candidate[] {
  switch (state) {
    case 'operand':
      // Wireshark's names come up when one begins to type them.
      return [...OWN_NAMES, NOT, ...(typed ? OTHER_NAMES : [])];
    case 'operator': {
      const operators = OPERATORS.filter(({ operator }) => field?.operators.includes(operator));
      return [...operators.map(({ operator, help }) => ({ text: operator as Operator, help })), ...JOINTS];
    }
    case 'value':
    case 'element':
      return field?.names.map(({ name, help }) => ({ text: name, help })) ?? [];
    case 'brace':
      return [{ text: '{', help: 'values in braces: {1, 5, 10..20}' }];
    case 'separator':
      return [];
    case 'joint':
      return JOINTS;
  }
}

/** What could be written at the caret, or in the place of the word that ends or goes on there. Never throws. */
export function completions(text: string, caret: number): Completion {
  const at = Math.min(Math.max(0, caret), text.length);
  if (at > MAX_TEXT) return { from: at, to: at, candidates: [] };
  const tokens = lex(text.slice(0, at)).slice(0, -1);
  const last = tokens.at(-1);
  const quoted = last?.kind === 'bad' && /^["']/.test(last.text);
  if (quoted) return { from: at, to: at, candidates: [] };
  const partial = last && last.to === at && (last.kind === 'word' || last.kind === 'bad') ? tokens.pop() : undefined;
  const place = tokens.reduce(step, { state: 'operand', field: null } as Place);
  const prefix = partial?.text.toLowerCase() ?? '';
  const from = partial?.from ?? at;
  // The rest of a word that the caret stands in.
  const whole = partial?.kind === 'word' ? lex(text.slice(from, MAX_TEXT))[0] : undefined;
  return {
    from,
    // At the caret stands "1." of "1..2", where the word ends before the dot.
    to: Math.max(at, whole ? from + whole.to : at),
    candidates: candidates(place, prefix !== '').filter((candidate) => candidate.text.startsWith(prefix)),
  };
}
