import { describe, expect, it } from 'vitest';
import type { EnvironmentPlan } from '../../../../automation/plan/document.ts';
import { planMarkdown } from '../../../../automation/plan/views/markdown.ts';
import { becomes, change, largePlan, lostVolume, plan, stack, step, upgrade } from './plans.ts';
import { wellFormed } from './well-formed.ts';

/** Places of texts in a comment: as they should follow each other. */
function expectInOrder(markdown: string, ...texts: string[]): void {
  let from = 0;
  for (const text of texts) {
    expect(markdown.indexOf(text, from), `"${text}" in its place`).toBeGreaterThanOrEqual(from);
    from = markdown.indexOf(text, from);
  }
}

describe('the comment on a pull request', () => {
  it('says what is pending, where, from what, and each property old and new', () => {
    const text = planMarkdown(plan([stack('network', []), stack('workers', [change()])]));
    wellFormed(text);
    expect(text).toBe(`<!-- kubezero:demo -->
## demo: changes pending

**1 resource of demo-workers would be updated.**

### Stacks

| stack | changes | unchanged | computed from |
|---|---|--:|---|
| **demo-workers** | 1 to update | 7 | live outputs |

Without changes: demo-network (7 resources).

<details><summary><b>demo-workers</b>: 1 to update</summary>

- update \`LaunchTemplate general\`

  \`\`\`diff
  - instanceType: m5.large
  + instanceType: m5.xlarge
  \`\`\`

</details>

---
<sub>release 1.21 · commit \`0123456789ab\` · computed 2022-06-01 03:00 UTC · more: \`kubezero preview demo\`</sub>
`);
  });

  it('begins with the steps where an upgrade is pending, in order', () => {
    const steps = [
      step('migrate', { state: 'done' }),
      step('controllers-reboot', {
        disruption: { what: 'each controller in turn: the API stays up', minutes: [6, 9], restarts: ['Node demo-c1'] },
        stacks: [stack('controllers', [change({ name: 'controller-a' })])],
        gates: ['etcd is healthy'],
        undo: { possible: 'no', how: 'etcd only goes forward' },
      }),
      step('modules', { state: 'blocked', blockers: ['no backup of today'] }),
    ];
    const text = planMarkdown(plan([stack('workers', [change()])], upgrade(steps)));
    const { tables } = wellFormed(text);
    expect(tables[0]).toEqual(['#', 'step', 'changes', 'disrupts', 'for', 'can be undone']);
    expectInOrder(
      text,
      '### Upgrade from 1.21 to 1.22: 2 steps, in this order',
      'Done already: `migrate`',
      '| 2 | `controllers-reboot`<br>what controllers-reboot is for | demo-controllers: 1 to update | each controller in turn | 6–9&nbsp;min | **no** |',
      '**blocked**',
      '<b>controllers-reboot</b>',
      'disrupts: each controller in turn: the API stays up (6–9 min)',
      'then waits until: etcd is healthy',
      'LaunchTemplate controller-a',
      '### Beside the upgrade: pending at the deployed release',
      'LaunchTemplate general',
    );
  });

  it('puts what loses data on top, with what forces it, what is lost and how to allow it', () => {
    const replaced = change({
      operation: 'replace',
      replaceKeys: ['imageId'],
      diffs: [{ ...becomes('imageId', 'ami-1', 'ami-2'), replaces: true }],
    });
    const text = planMarkdown(plan([stack('workers', [replaced]), stack('controllers', [lostVolume])]));
    wellFormed(text);
    expectInOrder(
      text,
      '### Holds data: refused',
      '| **delete the etcd volume** `etcd-c` (`vol-0abc`) | demo-controllers | no longer part of the environment | the etcd data of its controller is lost |',
      '`kubezero preview demo --allow etcd-c`',
      '### Deleted or replaced: 1 resource',
      '| replace | `LaunchTemplate general` | demo-workers | imageId: ami-1 → ami-2 |',
      '### Stacks',
      '+ imageId: ami-2  (forces the replacement)',
    );
  });

  it('marks what touches security', () => {
    const text = planMarkdown(plan([stack('network', [change({ security: ['open to 0.0.0.0/0'] })])]));
    wellFormed(text);
    expectInOrder(text, '### Security: 1 change to look at twice', 'open to 0.0.0.0/0', '### Stacks');
  });

  it('says what a preview was computed from', () => {
    const text = planMarkdown(
      plan([
        stack('controllers', [], {
          basis: { kind: 'upstream-pending', upstream: [{ stack: 'demo-network', outputs: ['subnets', 'vpcId'] }] },
        }),
        stack('workers', [], { basis: { kind: 'upstream-not-deployed', missing: ['demo-controllers'] } }),
      ]),
    );
    wellFormed(text);
    expect(text).toContain('demo-network is about to change what this stack reads (subnets, vpcId): more can change');
    expect(text).toContain('| **demo-workers** | unknown | 7 | not known until demo-controllers is deployed |');
  });

  it('says of secrets, of unknown values and of what the provider keeps to itself only that', () => {
    const changes = [
      change({
        diffs: [
          {
            path: 'password',
            kind: 'update',
            replaces: false,
            before: { state: 'secret' },
            after: { state: 'secret' },
          },
          { path: 'arn', kind: 'add', replaces: false, after: { state: 'unknown' } },
        ],
      }),
      change({ name: 'silent', detail: 'none', diffs: [], properties: [] }),
    ];
    const [first, second] = wellFormed(planMarkdown(plan([stack('workers', changes)]))).blocks;
    expect(first).toBe('- password: [secret]\n+ password: [new secret]\n+ arn: (known after the update)\n');
    expect(second).toBe('! the provider gave no detail\n');
  });

  it('groups what modules deploy by module, and shows changed lines of texts', () => {
    const values = change({
      type: 'kubernetes:core/v1:ConfigMap',
      name: 'ConfigMap/monitoring/values',
      parent: 'metrics',
      diffs: [
        {
          path: 'data.config',
          kind: 'update',
          replaces: false,
          text: {
            format: 'yaml',
            decoded: [],
            cosmetic: false,
            lines: ['@ line 3, in server', '-  days: 8', '+  days: 30'],
          },
        },
      ],
    });
    const text = planMarkdown(plan([stack('modules', [values])]));
    expect(text).toContain('**module metrics**: 1 to update');
    expect(wellFormed(text).blocks).toEqual(['@@ data.config: line 3, in server @@\n-  days: 8\n+  days: 30\n']);
  });

  it('lists the manifests that ArgoCD reads, with the diff of those that change', () => {
    const text = planMarkdown(
      plan([], {
        manifests: [
          { operation: 'create', module: 'metrics', object: 'Service/monitoring/new', path: 'a', diff: '' },
          {
            operation: 'update',
            module: 'metrics',
            object: 'Deployment/monitoring/grafana',
            path: 'b',
            diff: '--- a/b\n+++ b/b\n@@ -1 +1 @@\n-replicas: 1\n+replicas: 2\n',
          },
        ],
      }),
    );
    expect(wellFormed(text).blocks).toEqual(['@@ -1 +1 @@\n-replicas: 1\n+replicas: 2\n']);
    expect(text).toContain('- create `Service/monitoring/new` of `metrics`');
  });

  it('tells of drift in words that fit', () => {
    const drift: EnvironmentPlan = plan(
      [stack('network', [change(), change({ operation: 'delete', name: 'lost', diffs: [], properties: [] })])],
      {
        command: 'drift',
        verdict: { outcome: 'drift', exit: 2, text: '2 resources were changed behind the stack’s back' },
      },
    );
    const text = planMarkdown(drift);
    wellFormed(text);
    expectInOrder(
      text,
      '### Gone: 1 resource',
      '| **demo-network** | 1 gone, 1 changed | 7 |',
      '- gone `LaunchTemplate lost`',
    );
    expect(text).not.toMatch(/would|to update|--allow/);
    expect(text).toContain('`kubezero drift demo`');
  });
});

describe('what values may have in them', () => {
  const nasty = '</details> | `a` ``` ```` <script>x</script> @everyone see #123 **bold** [x](y)\nnext';

  it('neither ends a fold, a table or a block of code, nor mentions anybody', () => {
    const changes = [
      change({ name: nasty, id: nasty, security: [nasty], restarts: nasty, diffs: [becomes(nasty, nasty, nasty)] }),
      { ...lostVolume, name: nasty, guard: { ...lostVolume.guard!, name: nasty, loss: nasty } },
    ];
    const one = stack('modules', changes, {
      diagnostics: [{ severity: 'warning', message: nasty }],
      failure: nasty,
      policies: [{ pack: nasty, policy: nasty, level: 'mandatory', message: nasty }],
      outputs: [{ name: nasty }],
    });
    const steps = [step(nasty, { title: nasty, notes: [nasty], blockers: [nasty], gates: [nasty], stacks: [one] })];
    const text = planMarkdown(
      plan([one], { ...upgrade(steps), verdict: { outcome: 'failed', exit: 4, text: nasty }, commit: nasty }),
    );
    const { html } = wellFormed(text);
    expect(html).not.toContain('<script>');
    const outsideOfCode = html.replaceAll(/<code[^>]*>[\s\S]*?<\/code>/g, '');
    expect(outsideOfCode).not.toMatch(/@everyone|#123/);
  });

  it('is not shown where it is a registered or recognised secret, whatever characters it has', () => {
    const message = 'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const text = planMarkdown(plan([stack('modules', [], { diagnostics: [{ severity: 'error', message }] })]));
    expect(text).not.toContain('K7MDENG');
    expect(text).toContain('error: AWS&#95;SECRET&#95;ACCESS&#95;KEY=&#91;secret&#93;');
  });
});

describe('a plan of 2,000 changes', () => {
  const large = largePlan();

  it('fits a comment: the most dangerous in full, details of the least risky left out, and it says so', () => {
    const text = planMarkdown(large);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect([...text].length).toBeLessThanOrEqual(65_536);
    wellFormed(text);
    expect(text).toMatch(/the property diffs of \d+ resources, \d+ lines on changes left out/);
    expect(text).toContain('All of it: `kubezero preview demo`');
    expect(text).toContain('**delete the etcd volume**');
    // Those of security keep their properties.
    for (const { name } of large.stacks[1]!.changes.filter(({ security }) => security.length > 0))
      expect(text).toContain(`- update \`${name}\`: **privileged**\n\n  \`\`\`diff\n`);
  });

  it('says where the whole is, if that is known', () => {
    expect(planMarkdown(large, { whole: 'in the job’s summary' })).toContain('All of it: in the job’s summary.');
  });

  it('is whole on GitLab’s larger pages', () => {
    const text = planMarkdown(largePlan(1_000), { platform: 'gitlab' });
    expect(text.length).toBeGreaterThan(65_536);
    expect(text).not.toContain('left out');
  });

  it.each([150, 400, 1_000, 3_000, 10_000, 30_000])('is well-formed in %i characters', (limit) => {
    const text = planMarkdown(large, { limit });
    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text.startsWith('<!-- kubezero:demo -->\n')).toBe(true);
    wellFormed(text);
  });
});
