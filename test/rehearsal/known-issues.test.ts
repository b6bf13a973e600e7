import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stacks } from '../../automation/engine/driver.ts';
import { openEngine } from '../../automation/engine/engine.ts';
import { instancesOfGroup, replaceInstance } from '../../automation/live/aws/index.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { addFault, clearFaults } from '../../sandbox/client.ts';
import { outcomes, RehearsalEnvironment, toleratedIn } from './environment.ts';

const upgradeDemo = ['upgrade', 'demo', '--yes'];

describe('an upgrade that starts with a machine already changed', () => {
  let demo: RehearsalEnvironment;

  beforeAll(async () => {
    demo = await RehearsalEnvironment.start();
    expect((await demo.run(['up', 'demo'])).stderr).toBe('');
    Object.assign(process.env, demo.sandbox.env);
  });
  afterAll(async () => demo?.stop());

  it('sees node-exporter and fluent-bit fail on the new operating system, and tolerates them by name', async () => {
    // The workers' launch templates are at 1.22 and a machine is lost before metrics and logging are upgraded.
    const { signal } = new AbortController();
    const engine = await openEngine({
      signal,
      env: process.env,
      stacksDirectory: demo.workspace.stacks,
      tty: false,
      json: true,
      warn: () => undefined,
    });
    const stacks = new Stacks(loadEnvironment('demo', demo.workspace.stacks), engine);
    await stacks.up('workers', { release: '1.22', surge: false });
    const { groups } = await stacks.deployed('workers');
    const group = groups.general!.autoScalingGroup;
    await replaceInstance((await instancesOfGroup(group))[0]!.instanceId);

    const events = await demo.runAndKill(
      upgradeDemo,
      (event) => event.type === 'step-started' && event.id === 'control-plane',
    );
    const tolerated = toleratedIn(events);
    expect(tolerated['node-exporter']).toContain('preconditions');
    expect(tolerated['fluent-bit']).toContain('preconditions');
    // Logging comes first: from then on its agents must run everywhere; metrics follows.
    expect(tolerated['fluent-bit']).not.toContain('metrics');
    expect(outcomes(events).metrics).toBe('changed');
  });

  it('stops at the gate when something else crashes, names it, and goes on when it is mended', async () => {
    await addFault(demo.sandbox.directory, {
      kind: 'pod',
      namespace: 'argocd',
      name: 'argocd-server',
      reason: 'CrashLoopBackOff',
    });
    const stopped = await demo.run(upgradeDemo, { KUBEZERO_CRASH_SECONDS: '4' });
    expect(stopped.exitCode).toBe(8);
    expect(stopped.stderr).toMatch(/Pod argocd\/argocd-server-\S+: CrashLoopBackOff/);
    expect(stopped.stderr).toContain('kubezero upgrade demo');
    expect(outcomes(stopped.events)['control-plane']).toBe('failed');

    await clearFaults(demo.sandbox.directory);
    const events = await demo.runAndKill(
      upgradeDemo,
      (event) => event.type === 'step-started' && event.id === 'controllers',
    );
    expect(['changed', 'already-done']).toContain(outcomes(events)['control-plane']);
  });
});
