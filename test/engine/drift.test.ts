import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeSecurityGroupRulesCommand, EC2Client, ModifySecurityGroupRulesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceChange } from '../../automation/engine/changes/schema.ts';
import { type Cluster, openCluster } from '../../automation/live/kubernetes/client.ts';
import { type EnvironmentPlan, environmentPlan } from '../../automation/plan/document.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { DemoEnvironment } from './demo-environment.ts';

let demo: DemoEnvironment;
let cluster: Cluster;

beforeAll(async () => {
  demo = await DemoEnvironment.start();
  // There are no machines that a gate could see.
  demo.env.KUBEZERO_GATE_SECONDS = '2';
  cluster = openCluster('demo');
});

afterAll(async () => demo?.stop());

async function documentOf(...args: string[]): Promise<{ exitCode: number | undefined; plan: EnvironmentPlan }> {
  const { exitCode, stdout, stderr } = await demo.kubezero(...args, '--json');
  expect(stderr).toBe('');
  return { exitCode, plan: environmentPlan.parse(JSON.parse(stdout)) };
}

function changesOf({ stacks }: EnvironmentPlan): ResourceChange[] {
  return stacks.flatMap(({ changes }) => changes);
}

/** `path: before -> after` of each property that is known on both sides. */
function differences(plan: EnvironmentPlan, name: string): string[] {
  const found = changesOf(plan).find((change) => change.name === name);
  return (found?.diffs ?? []).map(({ path, before, after }) => {
    const [old, young] = [before, after].map((side) => (side?.state === 'known' ? side.value : side?.state));
    return `${path}: ${old} -> ${young}`;
  });
}

describe('kubezero drift', () => {
  const argocd = { namespace: 'argocd', name: 'argocd-server' };
  const redis = { namespace: 'argocd', name: 'argocd-redis' };

  it('names what somebody changed or deleted in AWS and in the cluster, and is content once it is as before', async () => {
    const [ec2, scaling] = [new EC2Client({}), new AutoScalingClient({})];
    const { SecurityGroupRules: rules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({}));
    const api = rules.find(({ FromPort }) => FromPort === 6443);
    const open = (CidrIpv4: string) =>
      ec2.send(
        new ModifySecurityGroupRulesCommand({
          GroupId: api?.GroupId,
          SecurityGroupRules: [{ SecurityGroupRuleId: api?.SecurityGroupRuleId, SecurityGroupRule: { CidrIpv4 } }],
        }),
      );
    const group = { AutoScalingGroupName: 'demo-worker-general' };
    const [before] = (
      await scaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['demo-worker-general'] }))
    ).AutoScalingGroups!;
    const images = (await cluster.apps.readNamespacedDeployment(argocd)).spec!.template.spec!.containers.map(
      ({ image }) => image,
    );
    const lost = await cluster.apps.readNamespacedDeployment(redis);
    const run = (image: string | undefined) =>
      cluster.apps.patchNamespacedDeployment({
        ...argocd,
        body: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }],
      });

    // Not a field that the stack sets.
    const processes = (op: 'add' | 'remove') =>
      cluster.apps.patchNamespacedDeployment({
        namespace: 'istio-system',
        name: 'istiod',
        body: [{ op, path: '/spec/template/spec/hostPID', ...(op === 'add' ? { value: true } : {}) }],
      });

    await open('0.0.0.0/0');
    await scaling.send(new UpdateAutoScalingGroupCommand({ ...group, MaxSize: 9 }));
    await run('example.com/other:1');
    await cluster.apps.deleteNamespacedDeployment(redis);
    await processes('add');
    const { exitCode, plan } = await documentOf('drift', 'demo');

    expect(exitCode).toBe(2);
    expect(plan).toMatchObject({ command: 'drift', verdict: { outcome: 'drift' } });
    expect(
      changesOf(plan)
        .map(({ operation, name }) => `${operation} ${name}`)
        .sort(),
    ).toEqual([
      'delete Deployment/argocd/argocd-redis',
      'update Deployment/argocd/argocd-server',
      'update Deployment/istio-system/istiod',
      'update controller-api-from-vpc',
      'update worker-general',
    ]);
    expect(differences(plan, 'controller-api-from-vpc')).toEqual(['cidrIpv4: 10.0.0.0/16 -> 0.0.0.0/0']);
    expect(changesOf(plan).find(({ name }) => name === 'controller-api-from-vpc')?.security).toContain(
      'open to 0.0.0.0/0: tcp 6443',
    );
    expect(changesOf(plan).find(({ name }) => name === 'Deployment/istio-system/istiod')).toMatchObject({
      properties: ['spec.template.spec.hostPID'],
      security: ['processes of the machine'],
    });
    expect(differences(plan, 'worker-general')).toEqual([`maxSize: ${before!.MaxSize} -> 9`]);
    expect(differences(plan, 'Deployment/argocd/argocd-server')).toEqual([
      `spec.template.spec.containers[0].image: ${images[0]} -> example.com/other:1`,
    ]);

    await open('10.0.0.0/16');
    await scaling.send(new UpdateAutoScalingGroupCommand({ ...group, MaxSize: before!.MaxSize }));
    await run(images[0]);
    await processes('remove');
    const { resourceVersion: _, uid: __, ...metadata } = lost.metadata!;
    await cluster.apps.createNamespacedDeployment({
      namespace: 'argocd',
      body: { ...lost, metadata, status: undefined },
    });
    const again = await documentOf('drift', 'demo');
    expect(changesOf(again.plan)).toEqual([]);
    expect(again.exitCode).toBe(0);
  });
});

describe('what holds data, and what a policy forbids', () => {
  const pack = `${repositoryRoot}/test/engine/policy-pack`;

  it('a preview of a mandatory policy’s violation ends with exit code 7, and names it', async () => {
    const before = demo.read('environment.yaml');
    demo.edit('environment.yaml', (text) => text.replace('m5.large', 'm5.8xlarge'));
    const { exitCode, plan } = await documentOf('preview', 'demo', '--layer', 'controllers', '--policy-pack', pack);
    expect(exitCode).toBe(7);
    expect(plan.verdict.outcome).toBe('guarded');
    expect(plan.stacks[0]?.policies).toContainEqual(
      expect.objectContaining({
        pack: 'house-rules',
        policy: 'no-large-machines',
        level: 'mandatory',
        message: expect.stringContaining('m5.8xlarge is larger than 2xlarge'),
      }),
    );
    const up = await demo.kubezero('up', 'demo', '--layer', 'controllers', '--policy-pack', pack);
    expect(up).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no-large-machines of house-rules') });
    demo.edit('environment.yaml', () => before);
  });

  it('zones that go would take their etcd volumes out of the stack: only by name', async () => {
    demo.edit('environment.yaml', (text) => text.replace(/^controllers:$/m, 'controllers:\n  zones: [eu-central-1a]'));
    const layer = ['--layer', 'controllers'];
    const { exitCode, plan } = await documentOf('preview', 'demo', ...layer);
    expect(exitCode).toBe(7);
    const guarded = changesOf(plan).filter(({ guard }) => guard);
    expect(guarded.map(({ name }) => name).sort()).toEqual(['etcd-b', 'etcd-c']);
    expect(guarded[0]).toMatchObject({
      operation: 'delete',
      protected: true,
      guard: { kind: 'etcd volume', kept: true },
    });
    // The plan is whole all the same, with what the engine would come to after the volume it refuses to delete.
    expect(changesOf(plan).map(({ name }) => name)).toContain('controller-c');

    const refused = await demo.kubezero('up', 'demo', ...layer, '--allow', 'etcd-b');
    expect(refused).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(/--allow etcd-c$/m) });
    const misnamed = await demo.kubezero('up', 'demo', ...layer, '--allow', 'etcd-x');
    expect(misnamed).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/guarded .*: etcd-[bc], etcd-[bc]$/m),
    });

    const allow = ['--allow', 'etcd-b', '--allow', 'demo-controllers/etcd-c'];
    expect((await documentOf('preview', 'demo', ...layer, ...allow)).exitCode).toBe(2);
    // It ends at the gate, with the stack updated.
    const up = await demo.kubezero('up', 'demo', ...layer, ...allow);
    expect(up.stdout).toMatch(/unprotect etcd-b \(etcd volume\): the volume stays in the account/);
    const left = await demo.pulumi('stack', 'export', '-s', 'demo-controllers');
    expect(left.stdout).toContain('::etcd-a');
    expect(left.stdout).not.toMatch(/::etcd-[bc]/);
  });
});
