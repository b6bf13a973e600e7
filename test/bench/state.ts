import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { repositoryRoot } from '../../repository/root.ts';
import { type StandInSize, writeStandInCharts } from '../../sandbox/charts/index.ts';
import { compare, type Run } from './state/comparison.ts';
import { measure } from './state/measure.ts';
import { comparisonTable, runTable } from './state/table.ts';

const sizes: readonly StandInSize[] = ['real', 'small'];

/** What `--backend s3` stands for: a bucket 40 ms away, through a line of 100 Mbit/s. */
const bucketArguments = ['--backend', 's3', '--backend-delay', '40', '--backend-bandwidth', '100'];

/**
 * `npm run bench -- state`: what updates cost, step by step: bytes that the engine writes, its CPU, memory, seconds. Options:
 * - `--checkout DIR`: rehearses there first, on the same charts, and compares; at real size also on that checkout's own small
 *   stand-ins, which the time of ours is held to
 * - `--size small`: stand-ins with small CRDs, where those of upstream's size aren't asked for
 * - `--charts DIR`: charts of that directory instead of stand-ins; all of upstream's that the demo environment takes
 * - `--backend s3`: once more with states in a bucket some way off
 * - `--json`: figures as JSON on stdout; tables go to stderr
 */
export async function state(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      checkout: { type: 'string' },
      size: { type: 'string', default: 'real' },
      charts: { type: 'string' },
      backend: { type: 'string', default: 'file' },
      json: { type: 'boolean', default: false },
    },
  });
  const size = oneOf('--size', values.size, sizes);
  const backend = oneOf('--backend', values.backend, ['file', 's3'] as const);
  if (process.platform !== 'linux')
    throw new Error('what processes write and how much memory they take is read from /proc, which only Linux has');
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'kubezero-bench-')));
  const show = values.json ? console.error : console.log;
  try {
    const given = values.charts === undefined ? undefined : realpathSync(values.charts);
    if (given === undefined) await writeStandInCharts(directory, { size });
    const one = async (name: string, checkout: string, kind: 'same' | 'own', where: Run['backend'] = 'file') => {
      const { stdout: commit } = await execa('git', ['describe', '--always', '--dirty'], { cwd: checkout });
      const lines = await measure({
        checkout,
        charts: kind === 'same' ? (given ?? directory) : undefined,
        args: where === 's3' ? bucketArguments : [],
      });
      const charts = kind === 'own' ? 'its own stand-ins' : (given ?? `stand-ins, ${size} CRDs`);
      const run: Run = { name, commit, charts, backend: where, lines };
      show(`${runTable(run)}\n`);
      return run;
    };
    const realSize = given !== undefined || size === 'real';
    const checkout = values.checkout === undefined ? undefined : realpathSync(values.checkout);
    const before = checkout === undefined ? undefined : await one('the other checkout', checkout, 'same');
    const small =
      checkout !== undefined && realSize ? await one('the other checkout, small', checkout, 'own') : undefined;
    const now = await one('this checkout', repositoryRoot, 'same');
    const bucket = backend === 's3' ? await one('this checkout, in a bucket', repositoryRoot, 'same', 's3') : undefined;
    const figures = compare({ now, before, small, bucket, realSize });
    show(comparisonTable(figures));
    const runs = [before, small, now, bucket].filter((run) => run !== undefined);
    if (values.json) console.log(JSON.stringify({ runs, figures }, null, 2));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw new Error(`${option} ${value}: it takes ${choices.join(' or ')}`);
  return choice;
}
