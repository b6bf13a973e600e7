import { execa } from 'execa';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';

const program = (outliving: boolean) => `
  import { outlive } from './sandbox/outlive.ts';
  // As the command line has it.
  process.on('uncaughtException', () => process.exit(1));
  if (${outliving}) outlive((line) => console.log(line.split('\\n')[0]));
  setTimeout(() => { throw new Error('written after the other side was killed'); });
  void Promise.reject(new Error('not awaited'));
  setTimeout(() => console.log('still up'), 200);
`;
const run = (outliving: boolean) =>
  execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(outliving)], {
    cwd: repositoryRoot,
    reject: false,
  });

test('a sandbox stays up whatever is thrown where nobody catches it, and logs it', async () => {
  const { exitCode, stdout } = await run(true);
  expect(stdout.split('\n').sort()).toEqual([
    'still up',
    'unhandled: Error: not awaited',
    'unhandled: Error: written after the other side was killed',
  ]);
  expect(exitCode).toBe(0);
  expect((await run(false)).exitCode).toBe(1);
});
