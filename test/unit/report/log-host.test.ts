import { describe, expect, it } from 'vitest';
import type { Event, EventBody } from '../../../automation/report/events.ts';
import { logHost } from '../../../automation/report/log-host.ts';
import { plainSink } from '../../../automation/report/plain.ts';
import { at, upgradeRun } from './run.ts';

const github = { GITHUB_ACTIONS: 'true' };
const gitlab = { GITLAB_CI: 'true' };

async function printed(events: Event[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const lines: string[] = [];
  const sink = plainSink((line) => lines.push(line), logHost(env));
  for (const event of events) sink(event);
  await sink.close?.();
  return lines;
}

const started = { type: 'run-started', version: 1, command: 'up', environment: 'demo' } as const;
const network = { id: 'network', title: 'Network' };
const run = (...events: EventBody[]) =>
  at([
    [0, started],
    [0, { type: 'step-started', ...network }],
    ...events.map((event): [number, EventBody] => [1, event]),
    [2, { type: 'step-finished', ...network, outcome: 'changed' }],
  ]);

describe('in GitHub Actions', () => {
  it('each step is a group, with its outcome below it', async () => {
    expect(await printed(run({ type: 'action', what: 'drain', object: 'Node a' }), github)).toEqual([
      '01:00:00 up demo',
      '::group::01:00:00 > network: Network',
      '01:00:01   drain Node a',
      '::endgroup::',
      '01:00:02 < network: done in 2.0 s',
    ]);
  });

  it('as many groups end as begin', async () => {
    const lines = await printed(upgradeRun, github);
    const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
    expect(count('::group::')).toBe(3);
    expect(count('::endgroup::')).toBe(3);
  });

  it('warnings and errors are annotations; what would end them early is escaped', async () => {
    const lines = await printed(
      run(
        { type: 'warning', message: '100 % of\nall', where: 'Pod a:b' },
        { type: 'error', version: 1, exit: 4, message: 'no, never', where: 'x.yaml: a', fix: 'try\r\nagain' },
      ),
      github,
    );
    expect(lines).toContain('::warning title=kubezero up demo::100 %25 of%0Aall (Pod a:b)');
    expect(lines).toContain('::error title=kubezero up demo::no, never%0Awhere: x.yaml: a%0Afix: try%0D%0Aagain');
  });

  it('a title with what separates properties is escaped, too', () => {
    expect(logHost(github)?.warning('a:b,c%', 'd')).toBe('::warning title=a%3Ab%2Cc%25::d');
  });

  it('no text of the cluster is taken for a command', async () => {
    const lines = await printed(
      run({ type: 'action', what: 'ran', object: 'x\n::add-mask::a\n  ::stop-commands::b' }),
      github,
    );
    const commands = lines.flatMap((line) => line.split('\n')).filter((line) => /^\s*::(?!group|endgroup)/.test(line));
    expect(commands).toEqual([]);
  });

  it('a run within a step stays in the group of that step', async () => {
    const inner = { id: 'network', title: 'inner network' };
    const outer = { id: 'up', title: 'Bring demo up' };
    const lines = await printed(
      at([
        [0, { ...started, command: 'rehearse' }],
        [0, { type: 'step-started', ...outer }],
        [1, started],
        [1, { type: 'step-started', ...inner }],
        [2, { type: 'step-finished', ...inner, outcome: 'changed' }],
        [2, { type: 'run-finished', exit: 0, summary: 'up' }],
        [3, { type: 'step-finished', ...outer, outcome: 'changed' }],
      ]),
      github,
    );
    const marks = lines.filter((line) => line.startsWith('::'));
    expect(marks).toEqual(['::group::01:00:00 > up: Bring demo up', '::endgroup::']);
  });

  it('a run that is cut off leaves no group open', async () => {
    const lines = await printed(run().slice(0, 2), github);
    expect(lines).toEqual(['01:00:00 up demo', '::group::01:00:00 > network: Network', '::endgroup::']);
  });
});

describe('in GitLab CI', () => {
  it('each step is a collapsed section', async () => {
    const start = Date.parse('2026-01-02T01:00:00.000Z') / 1000;
    expect(await printed(run(), gitlab)).toEqual([
      '01:00:00 up demo',
      `\x1b[0Ksection_start:${start}:network[collapsed=true]\r\x1b[0K01:00:00 > network: Network`,
      `\x1b[0Ksection_end:${start + 2}:network\r\x1b[0K`,
      '01:00:02 < network: done in 2.0 s',
    ]);
  });

  it('warnings are lines as everywhere', async () => {
    expect(await printed(run({ type: 'warning', message: 'careful' }), gitlab)).toContain(
      '01:00:01   warning: careful',
    );
  });
});

it('elsewhere nothing is folded', async () => {
  expect(await printed(run(), {})).toEqual([
    '01:00:00 up demo',
    '01:00:00 > network: Network',
    '01:00:02 < network: done in 2.0 s',
  ]);
});
