import { describe, expect, it } from 'vitest';
import type { Event, EventBody } from '../../automation/report/events.ts';
import { compare, type Run } from '../bench/state/comparison.ts';
import { Ledger, type Line, roleOf, sum } from '../bench/state/ledger.ts';
import type { ProcessSample } from '../bench/state/processes.ts';
import { StepClock } from '../bench/state/steps.ts';
import { bytes, comparisonTable, runTable } from '../bench/state/table.ts';

const startRun = (command: string): EventBody => ({ type: 'run-started', version: 1, command, environment: 'demo' });
const finishRun: EventBody = { type: 'run-finished', exit: 0, summary: '' };
const start = (id: string): EventBody => ({ type: 'step-started', id, title: id });
const finish = (id: string): EventBody => ({ type: 'step-finished', id, title: id, outcome: 'changed' });

/** Where each second of a rehearsal went; one event a second. */
function places(...events: EventBody[]): (string | undefined)[] {
  const clock = new StepClock();
  return events.map((body, second) => {
    const event: Event = { ...body, at: new Date(second * 1000).toISOString() };
    expect(StepClock.moves(event)).toBe(true);
    const { place, seconds } = clock.take(event);
    expect(seconds).toBe(second === 0 ? 0 : 1);
    return place && [place.phase, place.step].filter(Boolean).join(' ');
  });
}

describe('the step that is running', () => {
  it('is one of the command that the rehearsal runs; before, between and after them it is nobody’s', () => {
    const [beforeAll, ...all] = places(
      startRun('rehearse'),
      start('sandbox'),
      finish('sandbox'),
      start('up'),
      startRun('up'),
      start('network'),
      finish('network'),
      start('modules'),
      finish('modules'),
      finishRun,
      finish('up'),
      start('upgrade'),
      startRun('upgrade'),
      start('metrics'),
      finish('metrics'),
      finishRun,
      finish('upgrade'),
      start('verify'),
      finish('verify'),
      finishRun,
    );
    expect(beforeAll).toBeUndefined();
    expect(all).toEqual([
      ...[undefined, undefined, undefined],
      ...['up', 'up', 'up network', 'up', 'up modules', 'up'],
      ...[undefined, undefined],
      ...['upgrade', 'upgrade', 'upgrade metrics', 'upgrade'],
      ...[undefined, undefined, undefined, undefined],
    ]);
  });

  it('isn’t ended by one that finishes without having started', () => {
    const running = places(
      startRun('rehearse'),
      start('upgrade'),
      startRun('upgrade'),
      start('a'),
      finish('b'),
      finish('a'),
    );
    expect(running.slice(-2)).toEqual(['upgrade a', 'upgrade a']);
  });

  it('is over where its command was killed', () => {
    const running = places(
      startRun('rehearse'),
      start('up'),
      startRun('up'),
      start('modules'),
      finish('up'),
      finishRun,
    );
    expect(running.slice(-2)).toEqual(['up modules', undefined]);
  });

  it('is told apart by the upgrade where there are several', () => {
    const upgrade = (id: string) => [
      start(id),
      startRun('upgrade'),
      start('crds'),
      finish('crds'),
      finishRun,
      finish(id),
    ];
    const running = places(startRun('rehearse'), ...upgrade('upgrade-1.22'), ...upgrade('upgrade-1.23'));
    expect(running.filter((place) => place?.endsWith('crds'))).toEqual(['upgrade-1.22 crds', 'upgrade-1.23 crds']);
  });
});

const engine: ProcessSample = {
  pid: 7,
  started: 100,
  program: 'pulumi',
  args: ['pulumi', 'up'],
  cpu: 1,
  written: 1000,
  memory: 50,
  peak: 80,
};
const command: ProcessSample = {
  ...engine,
  pid: 5,
  program: 'node',
  args: ['node', '/checkout/bin/kubezero.js', 'up'],
  written: 9999,
};
const modules = { phase: 'up', step: 'modules' };
const workers = { phase: 'up', step: 'workers' };

describe('what a step costs', () => {
  it('processes are told apart by what they run', () => {
    expect([engine, command, { ...engine, program: 'pulumi-resource-kubernetes' }].map(roleOf)).toEqual([
      'engine',
      'command',
      'provider',
    ]);
    const others = [
      { program: 'pulumi-language-nodejs', args: [] },
      { program: 'node', args: ['node', 'npx-cli.js', 'kubezero.js'] },
    ];
    expect(others.map(roleOf)).toEqual(['other', 'other']);
  });

  it('is what processes used between two looks, also those that have ended and another of the same pid', () => {
    const ledger = new Ledger();
    ledger.look(workers, [engine]);
    ledger.look(modules, [{ ...engine, written: 1500, cpu: 1.5 }, command]);
    ledger.look(modules, []);
    ledger.look(modules, [{ ...engine, started: 900, written: 70, cpu: 0.25 }]);
    const [first, second] = ledger.lines();
    expect(first).toMatchObject({ ...workers, written: 1000, cpu: { engine: 1, together: 1 } });
    expect(second).toMatchObject({ ...modules, written: 570, cpu: { engine: 0.75, together: 1.75 } });
  });

  it('isn’t what was used elsewhere', () => {
    const ledger = new Ledger();
    ledger.look(undefined, [engine]);
    ledger.look(modules, [{ ...engine, written: 1200 }]);
    expect(ledger.lines()).toMatchObject([{ ...modules, written: 200, cpu: { engine: 0 } }]);
  });

  it('memory is the most of that step: the high-water mark only where it rose in it', () => {
    const ledger = new Ledger();
    ledger.look(workers, [{ ...command, memory: 60, peak: 90 }]);
    ledger.look(modules, [{ ...command, memory: 70, peak: 90 }, engine]);
    ledger.look(modules, [{ ...command, memory: 65, peak: 90 }]);
    const [first, second] = ledger.lines();
    expect(first?.memory).toEqual({ engine: 0, provider: 0, command: 90, together: 60 });
    expect(second?.memory).toEqual({ engine: 80, provider: 0, command: 70, together: 120 });
  });

  it('of several: used is added up, the most memory is that of one of them', () => {
    const ledger = new Ledger();
    ledger.look(workers, [engine]);
    ledger.look(modules, [{ ...engine, written: 1500, memory: 200, peak: 300 }]);
    for (const place of [workers, modules]) ledger.pass({ place, seconds: 2 });
    expect(sum(ledger.lines())).toMatchObject({ seconds: 4, written: 1500, memory: { engine: 300, together: 200 } });
  });
});

const line = (phase: string, step: string, seconds: number, written: number, cpu: number): Line => ({
  ...{ phase, step, seconds, written },
  cpu: { engine: cpu, together: 2 * cpu },
  memory: { engine: written / 4, provider: 1e8, command: 2e8, together: written / 2 },
});

const run = (name: string, factor: number, lines = ['logging-crds', 'metrics']): Run => ({
  ...{ name, commit: 'abc', charts: 'stand-ins', backend: 'file' },
  lines: [
    line('up', 'network', 10, 1e8, 3),
    line('up', 'modules', 100 * factor, 2e9 * factor, 40 * factor),
    ...lines.map((step) => line('upgrade', step, 50 * factor, 1e9 * factor, 30 * factor)),
  ],
});

describe('the comparison', () => {
  const figures = compare({
    ...{ before: run('old', 1), small: run('small', 0.2), now: run('new', 0.21), bucket: run('s3', 0.3) },
    realSize: true,
  });
  const find = (what: string, against?: string) => figures.find((one) => one.what === what && one.against === against);

  it('is the new figure to the old, held to its limit', () => {
    expect(find('metrics, written', 'old')).toMatchObject({
      before: 1e9,
      now: 2.1e8,
      ratio: 0.21,
      limit: 0.2,
      met: false,
    });
    expect(find("logging-crds, engine's CPU", 'old')).toMatchObject({ before: 30, met: false });
    expect(find('metrics, CPU of all', 'old')).toMatchObject({ before: 60, limit: undefined });
    expect(find('whole upgrade', 'small')).toMatchObject({ before: 20, now: 21, ratio: 1.05, limit: 1.2, met: true });
    expect(find('whole upgrade', 'new')).toMatchObject({ ratio: 30 / 21, limit: 1.5, met: true });
    expect(find("engine's memory")).toMatchObject({ now: 1.05e8, limit: 5e8, met: true });
  });

  it('the modules are whatever up updates after the machines, in however many stacks', () => {
    const split = run('new', 0.1);
    split.lines.push(line('up', 'crds', 1, 5e7, 2));
    const [written] = compare({ before: run('old', 1), now: split, realSize: true });
    expect(written).toMatchObject({ what: 'up of the modules, written', now: 2.5e8, ratio: 0.125, met: true });
  });

  it('small charts are held to no limit', () => {
    const small = compare({ before: run('old', 1), now: run('new', 1), realSize: false });
    expect(small.filter(({ limit, met }) => limit !== undefined || met !== undefined)).toEqual([]);
  });

  it('a step that one of the runs hasn’t got meets nothing', () => {
    const [figure] = compare({ before: run('old', 1), now: run('new', 1, ['metrics']), realSize: true }).filter(
      ({ what }) => what === 'logging-crds, written',
    );
    expect(figure).toEqual({
      ...{ what: 'logging-crds, written', unit: 'bytes', against: 'old', before: 1e9, now: undefined, limit: 0.2 },
    });
    expect(comparisonTable([figure!])).toMatch(/1\.00 GB -> no such step.*at most 0\.2: unknown$/);
  });

  it('reads as a line each', () => {
    expect(comparisonTable([find('metrics, written', 'old')!, find("engine's memory")!]).split('\n')).toEqual([
      '  metrics, written                1.00 GB -> 210.0 MB       0.21 x old                                  at most 0.2: MISSED',
      "  engine's memory                 105.0 MB                                                              at most 500.0 MB: met",
    ]);
  });
});

it('a table has a line for each step and one for all of a phase', () => {
  const lines = runTable(run('new', 1)).split('\n');
  expect(lines[0]).toBe('new (abc), charts: stand-ins, states in local files');
  expect(lines.slice(2).map((text) => text.slice(2, 36).trim())).toEqual([
    ...['up network', 'up modules', 'up in all'],
    ...['upgrade logging-crds', 'upgrade metrics', 'upgrade in all'],
  ]);
  expect(lines.at(-1)?.trim().split(/ {2,}/)).toEqual([
    ...['upgrade in all', '100.0', '2.00 GB', '60.0', '120.0', '250.0 MB', '100.0 MB', '200.0 MB', '500.0 MB'],
  ]);
  expect([bytes(0), bytes(999e6), bytes(1e9)]).toEqual(['-', '999.0 MB', '1.00 GB']);
});
