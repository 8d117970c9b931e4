// What compares a field with a value: signs, and the words that Wireshark has for them.

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '~' | 'in';

interface OperatorNames {
  readonly operator: Operator;
  readonly word?: string;
  readonly help: string;
}

export const OPERATORS: readonly OperatorNames[] = [
  { operator: '==', word: 'eq', help: 'is' },
  { operator: '!=', word: 'ne', help: 'is not; where there are several values, none is' },
  { operator: '<', word: 'lt', help: 'is less than' },
  { operator: '<=', word: 'le', help: 'is at most' },
  { operator: '>', word: 'gt', help: 'is greater than' },
  { operator: '>=', word: 'ge', help: 'is at least' },
  { operator: '~', word: 'contains', help: 'contains' },
  { operator: 'in', help: 'is one of a set: in {1, 5, 10..20}' },
];

const BY_NAME: ReadonlyMap<string, Operator> = new Map(
  OPERATORS.flatMap(({ operator, word }) => [operator, ...(word ? [word] : [])].map((name) => [name, operator])),
);

/** The operator that a sign or a word stands for. */
export function operatorOf(name: string): Operator | undefined {
  return BY_NAME.get(name.toLowerCase());
}

export const LOGIC = [
  { name: 'and', sign: '&&', help: 'both; binds tighter than or' },
  { name: 'or', sign: '||', help: 'either, or both' },
  { name: 'not', sign: '!', help: 'the opposite of what follows' },
] as const;

export type Logic = (typeof LOGIC)[number]['name'];

/** The logical operator that a sign or a word stands for. */
export function logicOf(name: string): Logic | undefined {
  const lower = name.toLowerCase();
  return LOGIC.find((logic) => logic.name === lower || logic.sign === lower)?.name;
}
