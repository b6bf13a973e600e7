import { describe, expect, it } from 'vitest';
import type { ResourceChange, StackPlan } from '../../../automation/changes/schema.ts';
import { reportMarkdown } from '../../../automation/report/markdown.ts';
import { previewMarkdown } from '../../../automation/report/preview-markdown.ts';
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

function change(
  operation: ResourceChange['operation'],
  type: string,
  name: string,
  more: Partial<ResourceChange> = {},
): ResourceChange {
  return {
    operation,
    type,
    name,
    urn: `urn:${name}`,
    properties: [],
    replaceKeys: [],
    diffs: [],
    detail: 'full',
    protected: false,
    retained: false,
    security: [],
    ...more,
  };
}

function plan(layer: StackPlan['layer'], changes: ResourceChange[], more: Partial<StackPlan> = {}): StackPlan {
  return {
    stack: `demo-${layer}`,
    layer,
    basis: { kind: 'live' },
    changes,
    unchanged: 3,
    outputs: [],
    diagnostics: [],
    policies: [],
    ...more,
  };
}

describe('the pull request comment of a preview', () => {
  it('has a table of all stacks and a fold for each that changes, dangerous changes first', () => {
    const plans = [
      plan('network', []),
      plan('controllers', [
        change('create', 'aws:ec2/launchTemplate:LaunchTemplate', 'new'),
        change('update', 'aws:autoscaling/group:Group', 'a', { properties: ['a', 'b', 'c', 'd'] }),
        change('replace', 'aws:ebs/volume:Volume', 'etcd-a', {
          properties: ['size'],
          replaceKeys: ['availabilityZone'],
          guard: { kind: 'etcd volume', allowed: false },
        }),
        change('update', 'aws:autoscaling/group:Group', 'b'),
      ]),
      plan('workers', [], {
        diagnostics: [{ severity: 'warning', message: 'an old\nprovider' }],
        basis: { kind: 'upstream-pending', upstream: [{ stack: 'demo-network', outputs: [] }] },
      }),
    ];
    expect(previewMarkdown(plans, { environment: 'demo' })).toBe(`<!-- kubezero:demo -->
## Pending changes of demo

| stack | changes | computed from |
|---|---|---|
| demo-network | no changes, 3 resources as they should be | live outputs |
| demo-controllers | 1 to create, 2 to update, 1 to replace, 3 unchanged | live outputs |
| demo-workers | no changes, 3 resources as they should be | live outputs, while demo-network has changes pending |

**These hold data or are protected; the update will be refused:**

- replace \`demo-controllers etcd-a\` (aws:ebs/volume:Volume)

<details><summary>demo-controllers: 1 to create, 2 to update, 1 to replace, 3 unchanged</summary>

\`\`\`diff
! replace aws:ebs/volume:Volume etcd-a (because of availabilityZone)
! update aws:autoscaling/group:Group a (a, b, c and 1 more)
! update aws:autoscaling/group:Group b (the provider gives no detail)
+ create aws:ec2/launchTemplate:LaunchTemplate new
\`\`\`

</details>

<details><summary>demo-workers: no changes, 3 resources as they should be</summary>

\`\`\`diff
# warning: an old provider
\`\`\`

</details>
`);
  });

  it('stays within its limit, cutting the harmless stacks first, and says what it left out', () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      change('create', 'kubernetes:core/v1:ConfigMap', `map-${index}`),
    );
    const plans = [
      plan('network', many),
      plan('modules', [...many, change('delete', 'kubernetes:apps/v1:Deployment', 'gone')]),
    ];
    const text = previewMarkdown(plans, { environment: 'demo' });
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(text).toContain('- delete kubernetes:apps/v1:Deployment gone\n');
    expect(text).toMatch(/2000 more lines: `kubezero preview demo`[\s\S]*<summary>demo-modules/);
    expect(text.match(/<details>/g)).toHaveLength(2);
    expect(text.match(/<\/details>/g)).toHaveLength(2);
    expect(text.match(/```/g)).toHaveLength(4);
  });

  it('fences names that have backticks in them', () => {
    expect(
      previewMarkdown([plan('modules', [change('create', 't', 'odd````name')])], { environment: 'demo' }),
    ).toContain('\n`````diff\n');
  });

  it('shows no secret', () => {
    const text = previewMarkdown(
      [
        plan('modules', [], {
          diagnostics: [
            { severity: 'error', message: 'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
          ],
        }),
      ],
      { environment: 'demo' },
    );
    expect(text).toContain('AWS_SECRET_ACCESS_KEY=[secret]');
  });
});
