import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'modules/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'engine',
          sequence: { groupOrder: 1 },
          include: ['test/engine/**/*.test.ts'],
          globalSetup: ['test/tools.ts'],
          // Each file has API servers and stacks of its own, and waits for them most of the time.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'rehearsal',
          sequence: { groupOrder: 2 },
          include: ['test/rehearsal/**/*.test.ts'],
          globalSetup: ['test/tools.ts'],
          // A sandbox of its own for each file; half of an upgrade's time is waiting.
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
