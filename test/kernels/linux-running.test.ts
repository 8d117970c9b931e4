// The kernel of this machine: the programs that the other compilers made.
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { describe } from 'vitest';
import { testPrograms } from './lab/programs.js';
import { saveResults } from './lab/results.js';

const { programs } = saveResults('running', release());

describe(`Linux ${release()}`, () => {
  testPrograms(
    release(),
    async ([program = '', ...args]) => {
      const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
      return { stdout, stderr, status: status ?? 1 };
    },
    (compiler, loaded) => programs.push({ compiler, loaded }),
  );
});
