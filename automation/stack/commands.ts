import { writeFileSync } from 'node:fs';
import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { releases } from '../../releases/index.ts';
import { moduleIds, type ReleaseId, releaseIds } from '../../releases/release.ts';
import { loadApplication } from '../../stacks/application.ts';
import { type Environment, loadEnvironment } from '../../stacks/environment.ts';
import { type DesiredState, type Layer, layers } from '../../stacks/outputs.ts';
import { openCluster } from '../cluster/client.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { DestroyOptions } from '../commands/destroy.ts';
import type { PreviewOptions } from '../commands/preview.ts';
import type { UpOptions } from '../commands/up.ts';
import { type Report, reportTo } from '../report/events.ts';
import { previewMarkdown } from '../report/preview-markdown.ts';
import type { Gate } from '../upgrade/gate.ts';
import { passGate } from '../upgrade/gate.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../upgrade/gates.ts';
import { type Desired, Stacks } from './driver.ts';
import { pulumiHome } from './engine.ts';
import { countChanges, describeChanges, refuseDestructive, type StackPlan } from './plan.ts';

const titles: Record<Layer, string> = {
  network: 'Network: VPC, subnets, DNS zone, backup bucket, roles',
  controllers: 'Controllers: etcd volumes, launch templates, one group per zone',
  workers: 'Workers: a launch template and group per worker group',
  modules: 'Modules: what runs in the cluster',
};

/**
 * `kubezero up`: every layer in order, each awaited: an environment from nothing to running, or in line with its files.
 * Never moves anything to another release than it is deployed at: that is the upgrade's work.
 */
export async function up(argv: UpOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const stacks = new Stacks(environment, await pulumiHome(command));
  const report = reportTo(await command.openSink());
  const chosen = layers.filter((layer) => !argv.layer || argv.layer.includes(layer));
  report({ type: 'run-started', version: 1, command: 'up', environment: environment.name });
  for (const layer of chosen) report({ type: 'step-pending', id: layer, title: titles[layer] });
  let changed = 0;
  for (const layer of chosen) {
    const label = { id: layer, title: titles[layer] };
    report({ type: 'step-started', ...label });
    try {
      const desired = await desiredOf(layer, environment, stacks);
      if (await stacks.outputs(layer))
        refuseDestructive(await stacks.preview(layer, desired, { signal: command.signal }));
      const plan = await stacks.up(layer, desired, {
        signal: command.signal,
        onChange: ({ operation, urn, name }) =>
          report({ type: 'resource', stack: stackOf(environment, layer), op: operation, urn, name, step: layer }),
      });
      reportPlan(plan, report);
      for (const gate of gatesAfter(layer, environment, stacks)) await awaitGate(gate, layer, command, report);
      changed += plan.changes.length;
      report({
        type: 'step-finished',
        ...label,
        outcome: plan.changes.length > 0 ? 'changed' : 'already-done',
        detail: describeChanges(plan),
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
  report({
    type: 'run-finished',
    exit: 0,
    summary:
      changed > 0
        ? `${environment.name} is up, ${changed} resources changed`
        : `${environment.name} is up, nothing to change`,
  });
  return exitCode.ok;
}

const stackOf = (environment: Environment, layer: Layer) => `${environment.name}-${layer}`;

function reportPlan(plan: StackPlan, report: Report, preview = false): void {
  report({
    type: 'stack-update',
    stack: plan.stack,
    step: plan.layer,
    preview,
    changes: { create: 0, update: 0, replace: 0, delete: 0, ...countChanges(plan), same: plan.unchanged },
  });
}

/**
 * Desired state of a layer: what is deployed; on a first deployment, everything at application.yaml's release. Modules
 * that application.yaml enables since are added at the release the others are at.
 */
async function desiredOf<L extends Layer>(layer: L, environment: Environment, stacks: Stacks): Promise<Desired<L>> {
  const { release, values } = loadApplication(environment);
  const state = async (): Promise<DesiredState[keyof DesiredState] | undefined> => {
    switch (layer) {
      case 'controllers':
        return { release: (await stacks.outputs('controllers'))?.release ?? release };
      case 'workers': {
        const deployed = await stacks.outputs('workers');
        return { release: deployed?.release ?? release, surge: deployed?.surge ?? false };
      }
      case 'modules': {
        const deployed = await stacks.outputs('modules');
        const current = oldest(Object.values(deployed?.releases ?? {})) ?? release;
        const enabled = moduleIds.filter(
          (id) =>
            (values[id] as { enabled?: boolean } | undefined)?.enabled &&
            releases[deployed?.releases[id] ?? current].modules[id],
        );
        const at = (map: Partial<Record<string, ReleaseId>> | undefined) =>
          Object.fromEntries(enabled.map((id) => [id, map?.[id] ?? current])) as DesiredState['modules']['releases'];
        return { releases: at(deployed?.releases), crds: at(deployed?.crds) };
      }
      default:
        return undefined;
    }
  };
  return (await state()) as Desired<L>;
}

function oldest(ids: ReleaseId[]): ReleaseId | undefined {
  return releaseIds.find((id) => ids.includes(id));
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
  await passGate(gate, {
    issues: [],
    tolerance: async () => ({ started: new Set(), finished: new Set(), moduleUpgraded: () => false, deployments: [] }),
    timeoutSeconds: Number(process.env.KUBEZERO_GATE_SECONDS ?? 900),
    crashSeconds: Number(process.env.KUBEZERO_CRASH_SECONDS ?? 120),
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

/** `kubezero preview`: the pending changes of all four stacks. Exit code 3 where there are any. */
export async function preview(argv: PreviewOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const stacks = new Stacks(environment, await pulumiHome(command));
  const plans: StackPlan[] = [];
  for (const layer of layers) {
    if (argv.layer && !argv.layer.includes(layer)) continue;
    const plan = await previewLayer(layer, environment, stacks, plans, command);
    plans.push(plan);
    if (!command.json) printPlan(plan, command);
  }
  if (argv.markdown) writeFileSync(argv.markdown, previewMarkdown(plans, { environment: environment.name }));
  if (command.json) command.print(JSON.stringify({ environment: environment.name, stacks: plans }, null, 2));
  return plans.some((plan) => plan.changes.length > 0 || plan.basis) ? exitCode.changes : exitCode.ok;
}

/** Layers whose outputs a layer's program reads. */
const upstream: Record<Layer, Layer[]> = {
  network: [],
  controllers: ['network'],
  workers: ['network'],
  modules: ['network', 'controllers'],
};

/**
 * The plan of one layer. It is computed from what the stacks before it have deployed, and says so where those have
 * changes pending themselves; where one isn't deployed at all there is nothing to compute it from.
 */
async function previewLayer(
  layer: Layer,
  environment: Environment,
  stacks: Stacks,
  before: StackPlan[],
  { signal }: CommandContext,
): Promise<StackPlan> {
  for (const needed of upstream[layer]) {
    if (await stacks.outputs(needed)) continue;
    const basis = `not known until stack ${stackOf(environment, needed)} is deployed`;
    return { stack: stackOf(environment, layer), layer, changes: [], unchanged: 0, diagnostics: [], basis };
  }
  const plan = await stacks.preview(layer, await desiredOf(layer, environment, stacks), { signal });
  const pending = before.filter((other) => upstream[layer].includes(other.layer) && other.changes.length > 0);
  if (pending.length === 0) return plan;
  return { ...plan, basis: `live outputs, while ${pending.map(({ stack }) => stack).join(', ')} has changes pending` };
}

const marks = { create: '+', update: '~', replace: '±', delete: '-', read: '>', import: '=' } as const;

function printPlan(plan: StackPlan, { print }: CommandContext): void {
  const nothingKnown = plan.basis && plan.changes.length === 0 && plan.unchanged === 0;
  print(`${plan.stack}: ${nothingKnown ? plan.basis : `${describeChanges(plan)}, ${plan.unchanged} unchanged`}`);
  if (plan.basis && !nothingKnown) print(`  (${plan.basis})`);
  for (const { operation, name, type, properties } of plan.changes) {
    const detail =
      operation === 'update' || operation === 'replace'
        ? `  [${properties.slice(0, 5).join(', ')}${properties.length > 5 ? ', …' : ''}]`
        : '';
    print(`  ${marks[operation]} ${type.split(':').at(-1)} ${name}${detail}`);
  }
}

/** `kubezero destroy`: everything but protected data (etcd volumes, backups, keys), in reverse order. */
export async function destroy(argv: DestroyOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  if (!argv.yes) {
    throw new UserError(`destroying ${environment.name} needs a yes`, {
      where: '--yes',
      state: 'nothing was touched',
      fix: `run: kubezero destroy ${environment.name} --yes; etcd volumes, the backup bucket and keys are kept`,
    });
  }
  const stacks = new Stacks(environment, await pulumiHome(command));
  const report = reportTo(await command.openSink());
  const order = [...layers].reverse();
  report({ type: 'run-started', version: 1, command: 'destroy', environment: environment.name });
  for (const layer of order) report({ type: 'step-pending', id: layer, title: titles[layer] });
  for (const layer of order) {
    report({ type: 'step-started', id: layer, title: titles[layer] });
    const plan = await stacks.destroy(layer, { signal: command.signal });
    reportPlan(plan, report);
    report({
      type: 'step-finished',
      id: layer,
      title: titles[layer],
      outcome: plan.changes.length > 0 ? 'changed' : 'already-done',
    });
  }
  report({
    type: 'run-finished',
    exit: 0,
    summary: `${environment.name} is destroyed; etcd volumes, backups and keys are kept`,
  });
  return exitCode.ok;
}

export { status } from './status.ts';
