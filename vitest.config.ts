/**
 * Two projects: `unit` is quick; `real` runs real programs (the built vmmanage, MariaDB, systemd's
 * own checks) and may take longer. A test belongs to `real` when its name ends in `.real.test.ts`
 * or it lies in test/e2e.
 */
import { defineConfig } from 'vitest/config';

const REAL = ['test/**/*.real.test.ts', 'test/e2e/**/*.test.ts'];
const MINUTE_MS = 60_000;
/** `npm run test:long`: the same tests with many more rounds. */
const patience = process.env['LONG'] ? 30 : 1;

// biome-ignore lint/style/noDefaultExport: vitest asks for it.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: REAL,
          testTimeout: 5_000 * patience,
        },
      },
      {
        test: {
          name: 'real',
          include: REAL,
          // Real programs are killed, and signals caught: a process for each file, no threads.
          pool: 'forks',
          testTimeout: MINUTE_MS * patience,
          hookTimeout: MINUTE_MS,
        },
      },
    ],
  },
});
