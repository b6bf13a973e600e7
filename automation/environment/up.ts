import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { loadApplication } from '../../stacks/application.ts';
import { type Environment, loadEnvironment } from '../../stacks/environment.ts';
import { type DesiredState, type Layer, layers } from '../../stacks/outputs.ts';
import { describeChanges } from '../changes/counts.ts';
import { refuseDestructive } from '../changes/guards.ts';
import type { ResourceChange, StackPlan } from '../changes/schema.ts';
import { reportCharts } from '../charts/used.ts';
import { refuseMissingCharts } from '../charts/wanted.ts';
import { openCluster } from '../cluster/client.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { UpOptions } from '../commands/up.ts';
import { type DeliverContext, deliverModules } from '../delivery/deliver.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../gates/conditions.ts';
import { type Gate, passGate } from '../gates/gate.ts';
import { waitingTimes } from '../gates/waiting-times.ts';
import { type Report, reportTo } from '../report/events.ts';
import { stackName } from '../stack/configuration.ts';
import { type Desired, Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { desiredOf } from './desired.ts';
import { reportUpdate, titles } from './layers.ts';
import { openUp, type PinnedUp } from './pinned-up.ts';

/**
 * `kubezero up`: every layer in order, each awaited: an environment from nothing to running, or in line with its files.
 * Never moves anything to another release than it is deployed at: that is the upgrade's work.
 */
export async function up(argv: UpOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  loadApplication(environment);
  const asked = layers.filter((layer) => !argv.layer || argv.layer.includes(layer));
  if (asked.includes('modules')) refuseMissingCharts(environment);
  const home = await pulumiHome(command);
  const pinned = argv.plan ? await openUp(argv.plan, environment, home, command.signal) : undefined;
  const stacks = pinned?.stacks ?? new Stacks(environment, home);
  const chosen = pinned?.layers ?? asked;
  const report = reportTo(await command.openSink());
  report({ type: 'run-started', version: 1, command: 'up', environment: environment.name });
  for (const layer of chosen) report({ type: 'step-pending', id: layer, title: titles[layer] });
  let changed = 0;
  for (const layer of chosen) {
    const label = { id: layer, title: titles[layer] };
    report({ type: 'step-started', ...label });
    try {
      const desired = await desiredOf(layer, environment, stacks);
      const plans = await updateLayer(layer, desired, { environment, stacks, command, report });
      for (const gate of gatesAfter(layer, environment, stacks)) await awaitGate(gate, layer, command, report);
      const changes = plans.flatMap((plan) => plan.changes);
      changed += changes.length;
      report({
        type: 'step-finished',
        ...label,
        outcome: changes.length > 0 ? 'changed' : 'already-done',
        detail: plans.map(describeChanges).join('; '),
      });
    } catch (error) {
      report({ type: 'step-finished', ...label, outcome: 'failed', detail: (error as Error).message.split('\n')[0] });
      report({
        type: 'run-finished',
        exit: error instanceof UserError ? error.exitCode : exitCode.bug,
        summary: `${environment.name}: ${layer} failed`,
      });
      throw error;
    }
  }
  reportCharts(report);
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
  if (pinned) return `is as planned, ${changed} resources changed`;
  return changed > 0 ? `is up, ${changed} resources changed` : 'is up, nothing to change';
}

interface Surroundings {
  environment: Environment;
  stacks: Stacks;
  command: CommandContext;
  report: Report;
}

/** Brings a layer to its desired state; the modules' may take more than one update, and need ArgoCD. */
async function updateLayer<L extends Layer>(
  layer: L,
  desired: Desired<L>,
  { environment, stacks, command, report }: Surroundings,
): Promise<StackPlan[]> {
  const { signal } = command;
  const onChange = ({ operation, urn, name }: ResourceChange) =>
    report({ type: 'resource', stack: stackName(environment.name, layer), op: operation, urn, name, step: layer });
  if (layer === 'modules') {
    const context: DeliverContext = {
      environment,
      stacks,
      signal,
      guarded: true,
      onChange,
      onUpdate: (plan) => reportUpdate(plan, report),
      act: (what, object) => report({ type: 'action', what, object, step: layer }),
      pass: (gate) => awaitGate(gate, layer, command, report),
    };
    return deliverModules(context, desired as DesiredState['modules']);
  }
  if (await stacks.outputs(layer)) refuseDestructive(await stacks.preview(layer, desired, { signal }));
  const plan = await stacks.up(layer, desired, { signal, onChange });
  reportUpdate(plan, report);
  return [plan];
}

function gatesAfter(layer: Layer, environment: Environment, stacks: Stacks): Gate[] {
  if (layer === 'network') return [];
  // Opened only now: before there are controllers there is no cluster to point a kubeconfig at.
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
      nodesReady({ cluster }),
    ];
  }
  return [whole, nodesReady({ cluster }), allPodsRunning({ cluster })];
}

async function awaitGate(gate: Gate, layer: Layer, { signal }: CommandContext, report: Report): Promise<void> {
  const { gateTimeoutSeconds, crashSeconds } = waitingTimes();
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
