import type { V1Node } from '@kubernetes/client-node';
import type { WorkerGroupOutputs } from '../../../environment/outputs.ts';
import type { AwsReader, GroupInstance } from '../../live/aws/index.ts';
import { allPodsRunning, nodesReady } from '../../live/gates/conditions.ts';
import { cordon, drain, drainablePods, toleratesCordon } from '../../live/kubernetes/drain.ts';
import { isReady, kubeletVersion, listNodes, podWait, type Wait } from '../../live/kubernetes/health.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';
import { updateStack } from '../stack-update.ts';

/** Processes that would act on the machines while they are being replaced; the workers' groups are theirs again at the end. */
const suspended = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

/** A worker machine and its node, if it has joined. */
interface Worker {
  group: string;
  autoScalingGroup: string;
  instance: GroupInstance;
  /** Of an older launch template than the group's newest. */
  outdated: boolean;
  node?: V1Node;
}

/** Step 8, first part: "doubling `desired` for each worker ASG, once all new workers joined". */
export const workersSurge: StepBehaviour = {
  async done(context) {
    if (await templatesOld(context)) return false;
    const workers = await listWorkers(context);
    if (workers.every((worker) => !worker.outdated)) return true;
    const { surge } = await context.stacks.deployed('workers');
    return surge && (await newWorkersMissing(context, workers)).length === 0;
  },
  async target({ stacks }) {
    const { release } = await stacks.deployed('workers');
    return { layer: 'workers', desired: { release, surge: true } };
  },
  preview: async () => ({ notes: [], blockers: [] }),
  async run(context) {
    const { stacks, aws } = context;
    const { release, groups } = await stacks.deployed('workers');
    for (const { autoScalingGroup } of Object.values(groups)) await aws.suspendProcesses(autoScalingGroup, suspended);
    await updateStack(context, 'workers', { release, surge: true });
  },
  gates: (context) => [
    { name: 'all new workers joined', check: async () => newWorkersMissing(context, await listWorkers(context)) },
    nodesReady(context),
    allPodsRunning(context),
  ],
};

/** Step 8, second part: "drain old workers one by one". All are cordoned first, so that no evicted pod lands on the next one. */
export const workersDrain: StepBehaviour = {
  async done(context) {
    return !(await templatesOld(context)) && (await undrained(context)).length === 0;
  },
  async preview(context) {
    const nodes = (await toReplace(context)).filter((worker) => worker.node);
    return { notes: nodes.map((w) => `drain ${w.node!.metadata!.name} (${w.group})`), blockers: [] };
  },
  async run(context) {
    const { cluster, options, signal, act } = context;
    const missing = await newWorkersMissing(context, await listWorkers(context));
    // A machine that failed since the surge: its pods would have nowhere to go.
    if (missing.length > 0) await context.pass(workersSurge.gates(context)[0]!);
    const old = (await listWorkers(context)).filter((worker) => worker.outdated && worker.node);
    for (const { node } of old) await cordon(cluster, node!.metadata!.name!);
    for (const { node, group } of old) {
      const name = node!.metadata!.name!;
      if ((await drainablePods(cluster, name)).length === 0) continue;
      act('drain', `Node ${name} (${group})`);
      await drain(cluster, name, {
        timeoutSeconds: options.drainTimeoutSeconds,
        onWait: (waits) => context.waiting(`drain of ${name}`, waits),
        signal,
      });
      await context.pass(allPodsRunning(context));
    }
  },
  gates: (context) => [
    { name: 'nothing but DaemonSets left on old workers', check: () => undrained(context) },
    allPodsRunning(context),
  ],
};

/** Step 8, last part: "reset `desired` for each worker ASG which will terminate the old workers": exactly the drained ones. */
export const workersReset: StepBehaviour = {
  async done(context) {
    const { surge } = await context.stacks.deployed('workers');
    return (
      !(await templatesOld(context)) &&
      !surge &&
      (await sizesOff(context)).length === 0 &&
      (await listWorkers(context)).every((worker) => !worker.outdated)
    );
  },
  async target({ stacks }) {
    const { release } = await stacks.deployed('workers');
    return { layer: 'workers', desired: { release, surge: false } };
  },
  async preview(context) {
    const going = await toReplace(context);
    return {
      notes: going.map((worker) => `terminate ${worker.instance.instanceId} (${worker.group})`),
      blockers: [],
    };
  },
  async run(context) {
    const { stacks, aws, git, act } = context;
    const { release, groups } = await stacks.deployed('workers');
    const workers = await listWorkers(context);
    const keep = (autoScalingGroup: string) =>
      workers.filter((w) => w.autoScalingGroup === autoScalingGroup && !w.outdated).map((w) => w.instance.instanceId);
    for (const { autoScalingGroup } of Object.values(groups))
      await aws.protectFromScaleIn(autoScalingGroup, keep(autoScalingGroup), true);
    for (const { instance, group, outdated } of workers) {
      if (!outdated) continue;
      await aws.terminateAndDecrement(instance.instanceId);
      act('terminate', `Instance ${instance.instanceId} (${group})`);
    }
    await context.pass({ name: 'old workers terminated', check: async () => oldLeft(await listWorkers(context)) });
    await updateStack(context, 'workers', { release, surge: false });
    // With --surge-first the doubled state was committed along with application.yaml.
    const { workers: configuration } = git.files.configuration;
    if (!(await git.isCommitted(configuration))) {
      const message = `Workers of ${context.environment.name} are no longer doubled`;
      act('push', `commit ${await git.commitAndPush([configuration], message)}`);
    }
    for (const { autoScalingGroup } of Object.values(groups)) {
      await aws.protectFromScaleIn(autoScalingGroup, keep(autoScalingGroup), false);
      await aws.resumeProcesses(autoScalingGroup, suspended);
    }
  },
  gates: (context) => [
    { name: '`desired` back to its value', check: () => sizesOff(context) },
    { name: 'old nodes gone', check: () => staleNodes(context) },
    nodesReady(context, { version: context.to.kubernetesVersion, which: 'all' }),
    allPodsRunning(context),
  ],
};

/** The launch templates aren't at the new release yet: then every machine is still to be replaced. */
async function templatesOld({ stacks, to }: UpgradeContext): Promise<boolean> {
  return (await stacks.deployed('workers')).release !== to.id;
}

/** Machines that the upgrade is going to replace, as things are. */
async function toReplace(context: UpgradeContext): Promise<Worker[]> {
  const all = await templatesOld(context);
  return (await listWorkers(context)).filter((worker) => all || worker.outdated);
}

async function listWorkers({ stacks, cluster, aws }: UpgradeContext): Promise<Worker[]> {
  const { groups } = await stacks.deployed('workers');
  const nodes = await listNodes(cluster);
  const nodeOf = (id: string) => nodes.find((node) => node.spec?.providerID?.endsWith(`/${id}`));
  const perGroup = await Promise.all(
    Object.entries(groups).map(async ([group, { autoScalingGroup, launchTemplateVersion }]) =>
      (await aws.instancesOfGroup(autoScalingGroup))
        .filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'))
        .map((instance) => ({
          group,
          autoScalingGroup,
          instance,
          outdated: Number(instance.launchTemplateVersion) !== launchTemplateVersion,
          node: nodeOf(instance.instanceId),
        })),
    ),
  );
  return perGroup.flat();
}

async function newWorkersMissing({ stacks, to }: UpgradeContext, workers: Worker[]): Promise<Wait[]> {
  const { groups } = await stacks.deployed('workers');
  const waits: Wait[] = [];
  for (const [name, group] of Object.entries(groups)) {
    const fresh = workers.filter((worker) => worker.group === name && !worker.outdated);
    if (fresh.length < group.desired)
      waits.push({
        object: `Auto Scaling group ${group.autoScalingGroup}`,
        reason: `${fresh.length} of ${group.desired} new machines`,
      });
    for (const { instance, node } of fresh) {
      if (!node)
        waits.push({
          object: `Instance ${instance.instanceId}`,
          reason: `hasn’t joined yet (${instance.lifecycleState})`,
        });
      else if (!isReady(node)) waits.push({ object: `Node ${node.metadata?.name}`, reason: 'NotReady' });
      else if (kubeletVersion(node) !== to.kubernetesVersion)
        waits.push({
          object: `Node ${node.metadata?.name}`,
          reason: `kubelet at ${kubeletVersion(node)}, not ${to.kubernetesVersion}`,
        });
    }
  }
  return waits;
}

/** Pods that still have to move off old workers; one that may start on a cordoned node moves when the machine goes. */
async function undrained(context: UpgradeContext): Promise<Wait[]> {
  const old = (await listWorkers(context)).filter((worker) => worker.outdated && worker.node);
  const waits = await Promise.all(
    old.map(async ({ node }): Promise<Wait[]> => {
      const name = node!.metadata!.name!;
      if (!node!.spec?.unschedulable) return [{ object: `Node ${name}`, reason: 'not cordoned' }];
      const left = (await drainablePods(context.cluster, name)).filter((pod) => !toleratesCordon(pod));
      return left.map((pod) => podWait(pod, `still on ${name}`));
    }),
  );
  return waits.flat();
}

function oldLeft(workers: Worker[]): Wait[] {
  return workers
    .filter((w) => w.outdated)
    .map((w) => ({ object: `Instance ${w.instance.instanceId}`, reason: w.instance.lifecycleState }));
}

/** Groups whose live sizes aren't what environment.yaml asks for. */
async function sizesOff({ stacks, aws }: UpgradeContext): Promise<Wait[]> {
  const { groups } = await stacks.deployed('workers');
  const waits = await Promise.all(Object.values(groups).map((group) => sizeOff(aws, group)));
  return waits.flat();
}

async function sizeOff(aws: AwsReader, wanted: WorkerGroupOutputs): Promise<Wait[]> {
  const group = await aws.describeGroup(wanted.autoScalingGroup);
  const off = (['desired', 'min', 'max'] as const).filter((size) => group[size] !== wanted[size]);
  return off.map((size) => ({
    object: `Auto Scaling group ${wanted.autoScalingGroup}`,
    reason: `${size} is ${group[size]}, not ${wanted[size]}`,
  }));
}

/** Nodes whose machine is gone: the cluster's node reconciler (forseti) removes them. */
async function staleNodes(context: UpgradeContext): Promise<Wait[]> {
  const workers = await listWorkers(context);
  const { nodeNames } = await context.stacks.deployed('controllers');
  const known = new Set([...workers.map((w) => w.node?.metadata?.name), ...Object.values(nodeNames)]);
  return (await listNodes(context.cluster))
    .filter((node) => !known.has(node.metadata?.name))
    .map((node) => ({ object: `Node ${node.metadata?.name}`, reason: 'its machine is gone' }));
}
