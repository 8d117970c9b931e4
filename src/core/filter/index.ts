export { type Candidate, type Completion, completions } from './completions.js';
export { compileFilter, type Filter, longOnly, MATCH_ALL } from './filter.js';
export { FilterError } from './filter-error.js';
