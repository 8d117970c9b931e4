// The tests that boot other kernels. `npm run test:kernels` runs them; `npm test` does not.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // `test/kernels/run --project`: the project's own tests in the guests.
    include: [process.env.QUIC_TOP_KERNELS === 'project' ? 'test/kernels/project/*.test.ts' : 'test/kernels/*.test.ts'],
    globalSetup: ['test/kernels/lab/setup.ts'],
    pool: 'forks',
    // A guest has two processors, each emulated by a thread that is busy about half of the time.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
