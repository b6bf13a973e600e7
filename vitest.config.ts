import { defineConfig } from 'vitest/config';

/**
 * `npm test` has to stay quick: files named `*.ci.test.ts` run where the command line names them (`npm run test:ci`, which CI
 * does after it, or the file itself), and all on real machines where it names those (`npm run test:machines`).
 */
const named = (what: string) => process.argv.slice(2).some((argument) => argument.includes(what));
const slow = named('.ci') || named('machines') ? [] : ['**/*.ci.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'modules/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engine',
          sequence: { groupOrder: 1 },
          include: ['test/engine/**/*.test.ts'],
          globalSetup: ['test/tools.ts'],
          // Each file has API servers and stacks of its own, and waits for them most of the time.
          maxWorkers: 2,
          // Previews of whole releases take two minutes on a busy machine.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'rehearsal',
          sequence: { groupOrder: 2 },
          include: ['test/rehearsal/**/*.test.ts'],
          exclude: slow,
          globalSetup: ['test/tools.ts'],
          // A sandbox of its own for each file; half of an upgrade's time is waiting.
          maxWorkers: 2,
          // Whole upgrades, on machines of which some are three times as slow as others.
          testTimeout: 1_500_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'machines',
          sequence: { groupOrder: 3 },
          include: [`test/machines/**/*${named('machines') ? '' : '.ci'}.test.ts`],
          exclude: slow,
          globalSetup: ['test/machines-tools.ts'],
          // Machines take what processors there are, and tests on them measure time.
          maxWorkers: 1,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
