import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Event, EventSink } from '../../../automation/report/events.ts';
import { jsonSink } from '../../../automation/report/json.ts';
import { plainSink } from '../../../automation/report/plain.ts';
import { recorder } from '../../../automation/report/recorder.ts';
import { summaryLines, timingLines } from '../../../automation/report/summary.ts';
import { terminalSink } from '../../../automation/report/terminal.ts';
import { at, rehearsalRun, upgradeRun } from './run.ts';

async function send(sink: EventSink, events: Event[]): Promise<void> {
  for (const event of events) sink(event);
  await sink.close?.();
}

describe('plain lines', () => {
  it('are one per event, waits only when they change and at most every 15 seconds, then the timeline', async () => {
    const lines: string[] = [];
    await send(
      plainSink((line) => lines.push(line)),
      upgradeRun,
    );
    expect(lines.join('\n')).toBe(`01:00:00 upgrade demo, from 1.21 to 1.22
01:00:01 > logging-crds: Replace the CRDs of ECK
01:00:01 < logging-crds: skipped: no such CRD in the cluster
01:00:02 > workers-surge: Double every worker group [8. Replace worker nodes]
01:00:03   ~  demo-workers aws:autoscaling/group:Group general
01:00:05   stack demo-workers: 2 updated, 14 unchanged (3.2 s)
01:00:05   waiting for all new workers joined: Node a: not there; Node b: not there
01:00:06   known issue gateway-sysctl, tolerated until workers-drain: Pod istio-ingress/gw-1
01:00:21   waiting for all new workers joined: Node b: not Ready
01:00:25   passed: all new workers joined
01:00:25 < workers-surge: done in 23 s
01:00:25 > workers-drain: Drain the old workers [8. Replace worker nodes]
01:00:26   drain Node old-1
01:00:27   warning: a Pod without a controller goes (Pod default/lonely)
01:01:35 < workers-drain: FAILED in 1 min 10 s: a PodDisruptionBudget allows nothing
01:01:35 upgrade demo ended with exit code 4 after 1 min 35 s: demo stopped at workers-drain

step           outcome        took  at gates
logging-crds   skipped
workers-surge  done           23 s      20 s
workers-drain  FAILED   1 min 10 s
workers-drain failed: a PodDisruptionBudget allows nothing
known issue gateway-sysctl tolerated in workers-surge until workers-drain: Pod istio-ingress/gw-1
warning: a Pod without a controller goes (Pod default/lonely)`);
  });
});

describe('JSON lines', () => {
  it('are the events as they are', async () => {
    let text = '';
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        text += chunk;
        done();
      },
    });
    await send(jsonSink(stdout), upgradeRun);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(upgradeRun);
  });
});

describe('the record', () => {
  it('has every step with its times, gates, waits and tolerated issues', () => {
    const record = recorder();
    for (const event of upgradeRun) record.sink(event);
    const run = record.result();
    expect(run).toMatchObject({
      version: 1,
      command: 'upgrade',
      environment: 'demo',
      release: { from: '1.21', to: '1.22' },
      startedAt: '2026-01-02T01:00:00.000Z',
      finishedAt: '2026-01-02T01:01:35.000Z',
      seconds: 95,
      exit: 4,
      warnings: [
        { message: 'a Pod without a controller goes', where: 'Pod default/lonely', at: '2026-01-02T01:00:27.000Z' },
      ],
    });
    expect(run?.steps[1]).toEqual({
      id: 'workers-surge',
      title: 'Double every worker group',
      passage: '8. Replace worker nodes',
      outcome: 'changed',
      startedAt: '2026-01-02T01:00:02.000Z',
      finishedAt: '2026-01-02T01:00:25.000Z',
      seconds: 23,
      gates: [
        {
          gate: 'all new workers joined',
          startedAt: '2026-01-02T01:00:05.000Z',
          passedAt: '2026-01-02T01:00:25.000Z',
          seconds: 20,
          waits: [
            {
              object: 'Node a',
              reason: 'not there',
              from: '2026-01-02T01:00:05.000Z',
              until: '2026-01-02T01:00:06.000Z',
            },
            {
              object: 'Node b',
              reason: 'not there',
              from: '2026-01-02T01:00:05.000Z',
              until: '2026-01-02T01:00:08.000Z',
            },
            {
              object: 'Node b',
              reason: 'not Ready',
              from: '2026-01-02T01:00:21.000Z',
              until: '2026-01-02T01:00:21.000Z',
            },
          ],
        },
      ],
      tolerated: [
        {
          issue: 'gateway-sysctl',
          objects: ['Pod istio-ingress/gw-1'],
          until: 'workers-drain',
          firstSeen: '2026-01-02T01:00:06.000Z',
          lastSeen: '2026-01-02T01:00:08.000Z',
        },
      ],
      stacks: [
        {
          stack: 'demo-workers',
          changes: { create: 0, update: 2, replace: 0, delete: 0, same: 14 },
          seconds: 3.2,
          at: '2026-01-02T01:00:05.000Z',
        },
      ],
      actions: [],
      runs: [],
    });
    expect(run?.steps[2]).toMatchObject({ outcome: 'failed', actions: [{ what: 'drain', object: 'Node old-1' }] });
  });

  it('holds a run that was killed within a step, without an end', () => {
    const record = recorder();
    for (const event of rehearsalRun) record.sink(event);
    const run = record.result();
    expect(run).toMatchObject({
      command: 'rehearse',
      exit: 0,
      steps: [{ id: 'upgrade', outcome: 'changed' }, { id: 'verify' }],
    });
    const [inner] = run?.steps[0]?.runs ?? [];
    expect(inner).toMatchObject({ command: 'upgrade', steps: [{ id: 'workers-surge' }] });
    expect(inner).not.toHaveProperty('exit');
  });

  it('is nothing before a run has started', () => {
    expect(recorder().result()).toBeUndefined();
  });
});

describe('the timeline table', () => {
  it('indents runs within steps and fits a narrow terminal', () => {
    const record = recorder();
    for (const event of rehearsalRun) record.sink(event);
    const run = record.result();
    expect(run && summaryLines(run, 43)).toEqual([
      'step          outcome        took  at gates',
      'upgrade       done          4.0 s',
      '  workers-s…  not finished',
      'verify        already done  1.0 s',
    ]);
  });
});

describe('where the time went', () => {
  it('is a line below the table for each run that says so', () => {
    const record = recorder();
    const timing = { total: 100, engine: 40, gates: 50, actions: 8, overhead: 2 };
    for (const event of upgradeRun.slice(0, -1)) record.sink(event);
    record.sink({ type: 'run-finished', exit: 0, summary: 'done', timing, at: '2026-01-02T01:01:40.000Z' });
    const run = record.result();
    expect(run?.timing).toEqual(timing);
    expect(run && timingLines(run)).toEqual([
      'upgrade: engine 40 s (40 %), gates 50 s (50 %), actions 8.0 s (8 %), kubezero itself 2.0 s (2 %)',
    ]);
  });
});

describe('the live view', () => {
  it('ends with every step, its time and outcome, and the timeline', async () => {
    const screen = fakeTerminal(100);
    await send(terminalSink({ stdout: screen.stream }), upgradeRun);
    const [list, ...table] = screen.last().split('\n\n');
    // The list is cut to the width of the terminal the tests run on.
    expect(list?.split('\n')).toEqual([
      expect.stringMatching(/^↓ Replace the CRDs of ECK {2}skipped: no such/),
      '✔ Double every worker group  23 s',
      expect.stringMatching(/^✖ Drain the old workers {2}1 min 10 s {2}FAILED: a Pod/),
    ]);
    expect(table.join('\n\n')).toBe(`step           outcome        took  at gates
logging-crds   skipped
workers-surge  done           23 s      20 s
workers-drain  FAILED   1 min 10 s
workers-drain failed: a PodDisruptionBudget allows nothing
known issue gateway-sysctl tolerated in workers-surge until workers-drain: Pod istio-ingress/gw-1
warning: a Pod without a controller goes (Pod default/lonely)

upgrade demo in 1 min 35 s: demo stopped at workers-drain
`);
  });

  it('shows the object that is waited for, and why', async () => {
    const screen = fakeTerminal(100);
    const sink = terminalSink({ stdout: screen.stream, now: () => Date.parse('2026-01-02T01:00:10.000Z') });
    for (const event of upgradeRun.slice(0, 13)) sink(event);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(screen.last()).toMatch(
      /^↓ Replace the CRDs of ECK .*\n. Double every worker group {2}8.0 s\n {2}› waiting for all new workers joined: Node b.*\n◼ Drain the old workers/,
    );
    await sink.close?.();
  });

  it('comes to its end when an inner run was killed, or when nothing was ever announced', async () => {
    const screen = fakeTerminal(80);
    await send(terminalSink({ stdout: screen.stream }), rehearsalRun);
    expect(screen.last()).toContain('rehearse demo in 5.0 s: all well\n');
    const empty = fakeTerminal(80);
    await send(
      terminalSink({ stdout: empty.stream }),
      at([
        [0, { type: 'run-started', version: 1, command: 'up', environment: 'demo' }],
        [1, { type: 'run-finished', exit: 2, summary: 'no such environment' }],
      ]),
    );
    expect(empty.last()).toBe('\nup demo in 1.0 s: no such environment\n');
  });
});

/** A terminal that only remembers; `last` is the text after the last redraw. */
function fakeTerminal(columns: number) {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        text += chunk;
        done();
      },
    }),
    {
      isTTY: true,
      columns,
      rows: 50,
    },
  ) as unknown as NodeJS.WriteStream;
  const last = () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: erasing lines is a control sequence
    const frame = text.split(/(?:\u001b\[2K(?:\u001b\[1A)?)+/).at(-1) ?? '';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as are colours and the cursor
    return frame.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
  };
  return { stream, last };
}
