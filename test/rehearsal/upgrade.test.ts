import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Snapshot, verify } from '../../automation/operations/rehearse/verify.ts';
import type { Event } from '../../automation/report/events.ts';
import { orderedSteps } from '../../automation/upgrade/order.ts';
import { upgrade } from '../../releases/v1.22/upgrade.ts';
import { outcomes, RehearsalEnvironment, toleratedIn } from './environment.ts';

const upgradeDemo = ['upgrade', 'demo', '--yes'];
/** Kills at three different places: in a stack update, between two controllers, while workers drain; of whole upgrades and of a part. */
const kills: [string, string[], (event: Event) => boolean][] = [
  ['metrics', [], (event) => event.type === 'resource' && event.stack === 'demo-modules'],
  [
    'controllers-reboot',
    ['--until', 'controllers-reboot'],
    (event) => event.type === 'action' && event.what === 'replace',
  ],
  ['workers-drain', [], (event) => event.type === 'action' && event.what === 'drain'],
];

describe('the demo environment’s upgrade from 1.21 to 1.22, killed three times', () => {
  let demo: RehearsalEnvironment;
  let before: Snapshot;
  const all: Event[] = [];

  beforeAll(async () => {
    demo = await RehearsalEnvironment.start();
    const { ending, stderr } = await demo.run(['up', 'demo']);
    expect(stderr, 'kubezero up').toBe('');
    expect(ending).toBe('exit code 0');
    before = await demo.snapshot();
  });
  afterAll(async () => demo?.stop());

  it('starts at 1.21 with three controllers and a quorum of three', () => {
    expect(before.status.application).toBe('1.21');
    expect(before.sandbox.etcd.members).toHaveLength(3);
  });

  it.each(kills)('is killed in step %s, %j', async (step, part, at) => {
    let inStep = false;
    const events = await demo.runAndKill([...upgradeDemo, ...part], (event) => {
      if (event.type === 'step-started') inStep = event.id === step;
      return inStep && at(event);
    });
    all.push(...events);
    expect(outcomes(events).context).toBe('changed');
  });

  it('goes on up to a step that is asked for, and says what is next', async () => {
    const { ending, events } = await demo.run([...upgradeDemo, '--until', 'workers-drain']);
    all.push(...events);
    expect(ending).toBe('exit code 0');
    expect(outcomes(events)['workers-reset']).toBeUndefined();
    // What earlier runs finished is found done, not done again.
    for (const id of ['logging', 'control-plane', 'istio', 'gitops']) expect(outcomes(events)[id]).toBe('already-done');
    expect(events.at(-1)).toMatchObject({ summary: expect.stringContaining('--from workers-reset') });
  });

  it('ends with the part that is left', async () => {
    const { ending, events, stderr } = await demo.run([...upgradeDemo, '--from', 'workers-reset']);
    all.push(...events);
    expect(stderr).toBe('');
    expect(ending).toBe('exit code 0');
    expect(Object.keys(outcomes(events))).toEqual(orderedSteps(upgrade).map(({ id }) => id));
  });

  it('keeps what an upgrade promises', async () => {
    const after = await demo.snapshot();
    expect(verify(before, after, '1.22').filter((check) => !check.kept)).toEqual([]);
  });

  it('met the known issues where the release notes say, and only there', () => {
    const tolerated = toleratedIn(all);
    expect(Object.keys(tolerated).sort()).toEqual(['elastic-operator', 'gateway-sysctl']);
    expect(tolerated['elastic-operator']).toContain('control-plane');
    expect(tolerated['gateway-sysctl']).toContain('istio-private-ingress');
  });

  it('pushed application.yaml to the environment’s git remote', async () => {
    const file = 'stacks/demo/application.yaml';
    const pushed = await simpleGit(demo.workspace.remote).show([`main:${file}`]);
    expect(pushed).toContain('targetRevision: 1.22.8-8');
    expect(pushed).toBe(readFileSync(join(demo.workspace.root, file), 'utf8'));
  });

  it('changes nothing when it is run again', async () => {
    const { ending, events } = await demo.run(upgradeDemo);
    expect(ending).toBe('exit code 0');
    expect(new Set(Object.values(outcomes(events)))).toEqual(new Set(['already-done']));
    expect(events.filter((event) => event.type === 'stack-update' || event.type === 'action')).toEqual([]);
  });

  it('leaves nothing pending in any stack', async () => {
    const { ending, stdout } = await demo.run(['preview', 'demo']);
    expect(ending).toBe('exit code 0');
    expect(JSON.parse(stdout).stacks.flatMap((stack: { changes: unknown[] }) => stack.changes)).toEqual([]);
  });
});
