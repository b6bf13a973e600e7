import { loadApplication } from '../../application/application-file.ts';
import { type Environment, loadEnvironment } from '../../environment/environment.ts';
import { type DesiredState, type Layer, layers } from '../../environment/outputs.ts';
import { type ExitCode, exitCode } from '../../errors/index.ts';
import { Access } from '../access/access.ts';
import { type DeliverContext, deliverModules } from '../delivery/deliver.ts';
import { describeChanges } from '../engine/changes/counts.ts';
import type { ResourceChange, StackPlan } from '../engine/changes/schema.ts';
import { reportCharts } from '../engine/charts-used.ts';
import { stackName } from '../engine/configuration.ts';
import { Stacks } from '../engine/driver.ts';
import { openEngine } from '../engine/engine.ts';
import { checkAllowed, type Guarding, guardUpdate } from '../engine/guarded.ts';
import { withPolicyPacks } from '../engine/policy-packs.ts';
import type { Desired } from '../engine/program.ts';
import type { StackOutputs, StackWriter } from '../engine/stacks.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../live/gates/conditions.ts';
import { type Gate, passGate } from '../live/gates/gate.ts';
import { waitingTimes } from '../live/gates/waiting-times.ts';
import { type Cluster, openCluster } from '../live/kubernetes/client.ts';
import type { CommandContext } from '../report/command-context.ts';
import { type Report, reportTo } from '../report/events.ts';
import { chartsOf } from './charts/open.ts';
import { refuseMissingCharts } from './charts/wanted.ts';
import { desiredOf } from './desired.ts';
import { reportFailure, reportUpdate, titles } from './layers.ts';
import { openUp, type PinnedUp } from './pinned-up.ts';

export interface UpOptions {
  env: string;
  /** Layers to update; absent: all, in their order. */
  layer?: Layer[];
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** What may be deleted or replaced though it holds data, see `allowOption`. */
  allow?: string[];
  /** Directories of policy packs besides those of environment.yaml. */
  policyPack?: string[];
  /** File with a pinned plan: does what is in it and nothing else. */
  plan?: string;
}

/**
 * `kubezero up`: every layer in order, each awaited: an environment from nothing to running, or in line with its files.
 * Never moves anything to another release than it is deployed at: that is the upgrade's work.
 */
export async function up(argv: UpOptions, command: CommandContext): Promise<ExitCode> {
  const environment = withPolicyPacks(loadEnvironment(argv.env, command.stacksDirectory), argv.policyPack);
  loadApplication(environment);
  const charts = chartsOf(argv, command);
  const asked = layers.filter((layer) => !argv.layer || argv.layer.includes(layer));
  // Of a plan's charts its fingerprint says which are missing.
  if (asked.includes('modules') && !argv.plan) refuseMissingCharts(environment, charts);
  const engine = await openEngine(command, charts);
  let stacks: StackWriter = new Stacks(environment, engine);
  const access = new Access({ environment, stacks: () => stacks, command });
  const doubt = await access.foresee(asked);
  const pinned = argv.plan ? await openUp(argv.plan, environment, engine, command.signal) : undefined;
  if (pinned) stacks = pinned.stacks;
  const chosen = pinned?.layers ?? asked;
  const allow = [...(argv.allow ?? []), ...(pinned?.allowed ?? [])];
  if (argv.allow) await refuseStrangeNames(argv.allow, chosen, { environment, stacks, command });
  const report = reportTo(await command.openSink());
  report({ type: 'run-started', version: 1, command: 'up', environment: environment.name });
  if (pinned) report(pinned.verified);
  if (doubt) report({ type: 'warning', message: doubt });
  for (const layer of chosen) report({ type: 'step-pending', id: layer, title: titles[layer] });
  let changed = 0;
  for (const layer of chosen) {
    const label = { id: layer, title: titles[layer] };
    report({ type: 'step-started', ...label });
    try {
      if (layer === 'modules') await awaitWay(access, layer, command, report);
      const desired = await desiredOf(layer, environment, stacks);
      const plans = await updateLayer(layer, desired, { environment, stacks, command, report, allow });
      // Only now: before there are controllers there is no cluster to log in to.
      if (layer !== 'network') await awaitWay(access, layer, command, report);
      for (const gate of gatesAfter(layer, environment, stacks)) await awaitGate(gate, layer, command, report);
      const changes = plans.flatMap((plan) => plan.changes);
      changed += changes.filter(({ operation }) => operation !== 'move').length;
      report({
        type: 'step-finished',
        ...label,
        outcome: changes.length > 0 ? 'changed' : 'already-done',
        detail: plans.map(describeChanges).join('; '),
      });
    } catch (error) {
      reportFailure(layer, `${environment.name}: ${layer}`, error, command.signal, report);
      throw error;
    }
  }
  reportCharts(charts, report);
  for (const stack of pinned?.unplanned ?? [])
    report({
      type: 'warning',
      message: `${stack} is not in the plan: it couldn’t be planned then; make a new plan for it`,
    });
  report({ type: 'run-finished', exit: 0, summary: `${environment.name} ${outcomeOf(changed, pinned)}` });
  return exitCode.ok;
}

function outcomeOf(changed: number, pinned: PinnedUp | undefined): string {
  if (pinned?.done) return 'is as planned: the plan is applied already, nothing left to do';
  if (pinned) return `is as planned: ${changed} ${changed === 1 ? 'resource' : 'resources'} changed`;
  return changed > 0 ? `is up, ${changed} resources changed` : 'is up, nothing to change';
}

/**
 * Previews everything first, side by side, where something is allowed by name: a name that is none is to be known before
 * anything is touched.
 */
async function refuseStrangeNames(
  allow: string[],
  chosen: readonly Layer[],
  { environment, stacks, command: { signal } }: Pick<Surroundings, 'environment' | 'stacks' | 'command'>,
): Promise<void> {
  const deployed = await Promise.all(chosen.map(async (layer) => ((await stacks.outputs(layer)) ? [layer] : [])));
  const plans = await Promise.all(
    deployed
      .flat()
      .map(async (layer) => stacks.preview(layer, await desiredOf(layer, environment, stacks), { signal })),
  );
  await checkAllowed(plans, {
    allow,
    cluster: () => openCluster(environment.kubeContext),
    command: `kubezero up ${environment.name}`,
  });
}

interface Surroundings {
  environment: Environment;
  stacks: StackWriter;
  command: CommandContext;
  report: Report;
  /** What may be deleted or replaced though it holds data. */
  allow: string[];
}

/** Brings a layer to its desired state; the modules' may take more than one update, and need ArgoCD. */
async function updateLayer<L extends Layer>(
  layer: L,
  desired: Desired<L>,
  { environment, stacks, command, report, allow }: Surroundings,
): Promise<StackPlan[]> {
  const { signal } = command;
  const act = (what: string, object: string) => report({ type: 'action', what, object, step: layer });
  const guarding: Guarding = {
    stacks,
    allow,
    cluster: () => openCluster(environment.kubeContext),
    command: `kubezero up ${environment.name}`,
    act,
  };
  const onChange = ({ operation, urn, name }: ResourceChange) =>
    report({ type: 'resource', stack: stackName(environment.name, layer), op: operation, urn, name, step: layer });
  if (layer === 'modules') {
    const context: DeliverContext = {
      environment,
      stacks,
      signal,
      guarding,
      onChange,
      onUpdate: (plan) => reportUpdate(plan, report),
      act,
      pass: (gate) => awaitGate(gate, layer, command, report),
    };
    return deliverModules(context, desired as DesiredState['modules']);
  }
  if (await stacks.outputs(layer)) await guardUpdate(layer, await stacks.preview(layer, desired, { signal }), guarding);
  const plan = await stacks.up(layer, desired, { signal, onChange });
  reportUpdate(plan, report);
  return [plan];
}

function gatesAfter(layer: Layer, environment: Environment, stacks: StackOutputs): Gate[] {
  if (layer === 'network') return [];
  const cluster = openCluster(environment.kubeContext);
  const whole = controlPlaneWhole({ cluster, stacks });
  if (layer === 'controllers') return [whole];
  if (layer === 'workers') {
    return [
      {
        name: 'all workers joined',
        check: async () => {
          const { groups, surge } = await stacks.deployed('workers');
          const wanted = Object.values(groups).reduce((sum, group) => sum + group.desired * (surge ? 2 : 1), 0);
          const controllers = Object.values((await stacks.deployed('controllers')).nodeNames);
          const nodes = (await cluster.core.listNode()).items.filter(
            (node) => !controllers.includes(node.metadata?.name ?? ''),
          );
          return nodes.length >= wanted ? [] : [{ object: 'workers', reason: `${nodes.length} of ${wanted} joined` }];
        },
      },
      readyOnceNetworked({ cluster, stacks }),
    ];
  }
  return [whole, nodesReady({ cluster }), allPodsRunning({ cluster })];
}

/** The first nodes of a cluster get ready by the network module, which comes with the modules layer. */
function readyOnceNetworked({ cluster, stacks }: { cluster: Cluster; stacks: StackOutputs }): Gate {
  const ready = nodesReady({ cluster });
  return { ...ready, check: async () => ((await stacks.outputs('modules')) ? ready.check() : []) };
}

/** Waits until the cluster can be asked; nothing to wait for with a kube context of the operator's. */
async function awaitWay(access: Access, layer: Layer, command: CommandContext, report: Report): Promise<void> {
  if (access.isOpen()) return;
  await awaitGate({ name: 'way to the API servers', check: () => access.attempt() }, layer, command, report);
}

async function awaitGate(gate: Gate, layer: Layer, { env, signal }: CommandContext, report: Report): Promise<void> {
  const { gateTimeoutSeconds, crashSeconds } = waitingTimes(env);
  await passGate(gate, {
    issues: [],
    tolerance: async () => ({ started: new Set(), finished: new Set(), moduleUpgraded: () => false, deployments: [] }),
    timeoutSeconds: gateTimeoutSeconds,
    crashSeconds,
    signal,
    onTolerated: () => undefined,
    onWait: (waits) => {
      if (waits.length > 0)
        report({
          type: 'gate-waiting',
          step: layer,
          gate: gate.name,
          waits: waits.map(({ object, reason }) => ({ object, reason })),
        });
    },
  });
  report({ type: 'gate-passed', step: layer, gate: gate.name });
}
