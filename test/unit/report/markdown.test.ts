import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../../automation/report/markdown.ts';
import { type RecordedRun, recorder } from '../../../automation/report/recorder.ts';
import { upgradeRun } from './run.ts';

describe('report.md', () => {
  it('is the timeline, what gates waited for, tolerated issues, warnings, promises', () => {
    const record = recorder();
    for (const event of upgradeRun) record.sink(event);
    const checks = [
      { promise: 'the same etcd cluster', kept: true, detail: 'cdf8' },
      { promise: 'old workers gone', kept: false, detail: '' },
    ];
    expect(reportMarkdown(record.result() as RecordedRun, { checks })).toBe(`# upgrade demo from 1.21 to 1.22

2026-01-02T01:00:00.000Z · 1 min 35 s, exit code 4 · demo stopped at workers-drain

## Timeline

| step | passage | outcome | start | took | at gates | changes |
|---|---|---|---|---:|---:|---|
| logging-crds |  | skipped | 01:00:01 | 0.0 s |  | no such CRD in the cluster |
| workers-surge | 8. Replace worker nodes | done | 01:00:02 | 23 s | 20 s | demo-workers: 2 updated, 14 unchanged |
| workers-drain | 8. Replace worker nodes | FAILED | 01:00:25 | 1 min 10 s |  | drain Node old-1; a PodDisruptionBudget allows nothing |

## Promises

- kept: the same etcd cluster (cdf8)
- **broken**: old workers gone

## What gates waited for

- workers-surge, all new workers joined: Node a: not there (01:00:05, 1.0 s)
- workers-surge, all new workers joined: Node b: not there (01:00:05, 3.0 s)
- workers-surge, all new workers joined: Node b: not Ready (01:00:21, 0.0 s)

## Known issues tolerated

- gateway-sysctl in workers-surge, until workers-drain: Pod istio-ingress/gw-1 (01:00:06 to 01:00:08)

## Warnings

- a Pod without a controller goes (Pod default/lonely)
`);
  });
});
