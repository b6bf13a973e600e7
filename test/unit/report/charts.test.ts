import { expect, it } from 'vitest';
import type { ChartUse, Event } from '../../../automation/report/events.ts';
import { reportMarkdown } from '../../../automation/report/markdown.ts';
import { plainSink } from '../../../automation/report/plain.ts';
import { recorder } from '../../../automation/report/recorder.ts';
import { summaryLines } from '../../../automation/report/summary.ts';
import { chartOrigins } from '../../../automation/report/wording.ts';

const use = (chart: string, version: string, origin: ChartUse['origin'], place = '/x'): ChartUse => ({
  chart,
  version,
  origin,
  place,
});
const charts = [
  use('istiod', '1.13.3', 'directory', '/charts'),
  use('base', '1.13.3', 'directory', '/charts'),
  use('gateway', '1.13.3', 'cache'),
  use('cilium', '1.11.3', 'stand-in'),
  use('argo-cd', '4.5.4', 'stand-in'),
];
const said =
  "charts: 2 from /charts; 1 from the cache; 2 stand-ins with no more than the names of upstream's: cilium 1.11.3, argo-cd 4.5.4";

/** A rehearsal whose `up` and `upgrade` render charts, some of them the same. */
const events = (
  [
    { type: 'run-started', version: 1, command: 'rehearse', environment: 'demo' },
    { type: 'step-started', id: 'up', title: 'Up' },
    { type: 'run-started', version: 1, command: 'up', environment: 'demo' },
    { type: 'charts', charts },
    { type: 'run-finished', exit: 0, summary: 'up' },
    { type: 'step-finished', id: 'up', title: 'Up', outcome: 'changed' },
    { type: 'step-started', id: 'upgrade', title: 'Upgrade' },
    { type: 'run-started', version: 1, command: 'upgrade', environment: 'demo' },
    { type: 'charts', charts: charts.slice(2) },
    { type: 'run-finished', exit: 0, summary: 'upgraded' },
    { type: 'step-finished', id: 'upgrade', title: 'Upgrade', outcome: 'changed' },
    { type: 'run-finished', exit: 0, summary: 'done' },
  ] as const
).map((event) => ({ ...event, at: '2022-05-10T12:00:00.000Z' }) as Event);

const run = () => {
  const record = recorder();
  for (const event of events) record.sink(event);
  return record.result()!;
};

it('charts are counted by where they came from, stand-ins named one by one', () => {
  expect(chartOrigins(charts)).toBe(said);
  expect(chartOrigins([use('cilium', '1.11.3', 'cache')])).toBe('charts: 1 from the cache');
});

it('a line says it as soon as it is known', () => {
  const lines: string[] = [];
  const sink = plainSink((line) => lines.push(line));
  for (const event of events) sink(event);
  expect(lines).toContain(`12:00:00   ${said}`);
});

it('the table at the end and the report say it once for all runs within', () => {
  expect(summaryLines(run(), 100).filter((line) => line.startsWith('charts: '))).toEqual([said]);
  expect(reportMarkdown(run())).toContain(`## Charts\n\n- ${said.replace('charts: ', '')}\n`);
});

it('the record has every chart', () => {
  expect(run().steps[0]?.runs[0]?.charts).toEqual(charts);
});
