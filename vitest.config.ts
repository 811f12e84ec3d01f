/**
 * Two projects: `unit` is quick and comes first; `real` runs real programs (the built vmmanage,
 * MariaDB, systemd's own checks) and may take longer. A test belongs to `real` when its name ends
 * in `.real.test.ts` or it lies in test/e2e.
 */
import { defineConfig } from 'vitest/config';

const REAL = ['test/**/*.real.test.ts', 'test/e2e/**/*.test.ts'];
/** One more than the cores of a small machine: most of these tests wait for something. */
const WORKERS = 3;
const MINUTE_MS = 60_000;
/** `npm run test:long`: the same tests with many more rounds. */
const patience = process.env['LONG'] ? 30 : 1;

// biome-ignore lint/style/noDefaultExport: vitest asks for it.
export default defineConfig({
  test: {
    // Programs are started and killed, umasks set: processes, not threads.
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: REAL,
          // A process for each of 70 files would take longer than all their tests together.
          isolate: false,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
          // Only for what hangs: a busy machine takes its time.
          testTimeout: MINUTE_MS * patience,
        },
      },
      {
        test: {
          name: 'real',
          include: REAL,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
          testTimeout: MINUTE_MS * patience,
          // Real programs under a busy machine's load; who needs a second try is named at the end.
          retry: process.env['LONG'] ? 0 : 1,
          hookTimeout: MINUTE_MS,
        },
      },
    ],
  },
});
