import { configDefaults, defineConfig } from 'vitest/config';

/** These load all of the machine, and expect what it does then: nothing else may run beside one. */
const ALONE = ['test/e2e/balance.test.ts', 'test/e2e/kill.test.ts'];
/** Whole programs: in private networks, in terminals, under the fuzzer. */
const PROGRAMS = [
  'test/e2e/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/node-versions/**/*.test.ts',
  'test/ui/**/*.e2e.test.ts',
  'test/ui/terminal/screen.test.ts',
];
/** The BPF programs and the addon, in the running kernel. */
const KERNEL = ['test/bpf/**/*.test.ts', 'test/addon/**/*.test.ts'];
/** These boot other kernels: npm run test:kernels. */
const OTHER_KERNELS = 'test/kernels/**';

/** For sanitizers, which make everything slower. */
const timeout = Number(process.env.QUIC_TOP_TEST_TIMEOUT ?? 60_000);

/** @param together how many files at a time */
const project = (name: string, groupOrder: number, together: number, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, OTHER_KERNELS, ...exclude],
    maxWorkers: together,
    sequence: { groupOrder },
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: timeout,
    hookTimeout: timeout,
    // One after the other, in this order. `npm test -- --project unit` runs one of them.
    projects: [
      project('unit', 1, 2, ['test/**/*.test.{ts,tsx}'], [...KERNEL, ...PROGRAMS]),
      project('kernel', 2, 2, KERNEL),
      project('e2e', 3, 2, PROGRAMS, ALONE),
      project('alone', 4, 1, ALONE),
    ],
  },
});
