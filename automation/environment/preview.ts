import { existsSync, writeFileSync } from 'node:fs';
import { type ExitCode, exitCode } from '../../errors/index.ts';
import { loadApplication } from '../../stacks/application.ts';
import type { ManifestFile } from '../../stacks/delivery.ts';
import { type Environment, loadEnvironment } from '../../stacks/environment.ts';
import { type Layer, layers } from '../../stacks/outputs.ts';
import { describeChanges } from '../changes/counts.ts';
import type { StackPlan } from '../changes/schema.ts';
import { chartsUsed } from '../charts/used.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { PreviewOptions } from '../commands/preview.ts';
import { describeManifests, type ManifestChange, manifestChanges, manifestsOf } from '../delivery/manifests.ts';
import { hunks, manifestsMarkdown } from '../report/manifests-markdown.ts';
import { previewMarkdown } from '../report/preview-markdown.ts';
import { chartOrigins } from '../report/wording.ts';
import { stackName } from '../stack/configuration.ts';
import { Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { desiredOf } from './desired.ts';

/** `kubezero preview`: the pending changes of all four stacks. Exit code 3 where there are any. */
export async function preview(argv: PreviewOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  loadApplication(environment);
  const stacks = new Stacks(environment, await pulumiHome(command));
  const plans: StackPlan[] = [];
  let manifests: ManifestChange[] | undefined;
  const onManifests = (files: ManifestFile[]) => (rendered = files);
  let rendered: ManifestFile[] | undefined;
  for (const layer of layers) {
    if (argv.layer && !argv.layer.includes(layer)) continue;
    const plan = await previewLayer(layer, environment, stacks, plans, command, onManifests);
    plans.push(plan);
    if (!command.json) printPlan(plan, command);
    if (
      layer !== 'modules' ||
      !rendered ||
      (environment.delivery === 'pulumi' && !existsSync(manifestsOf(environment)))
    )
      continue;
    manifests = await manifestChanges(environment, rendered);
    if (!command.json) printManifests(manifests, command);
  }
  const charts = chartsUsed();
  if (charts.length > 0 && !command.json) command.print(chartOrigins(charts));
  if (argv.markdown) {
    const text = comment(environment.name, plans, manifests ?? []);
    writeFileSync(argv.markdown, charts.length > 0 ? `${text}\n${chartOrigins(charts)}\n` : text);
  }
  if (command.json)
    command.print(
      JSON.stringify({ environment: environment.name, stacks: plans, charts, ...jsonManifests(manifests) }, null, 2),
    );
  const pending =
    plans.some((plan) => plan.changes.length > 0 || plan.basis.kind !== 'live') || (manifests ?? []).length > 0;
  return pending ? exitCode.changes : exitCode.ok;
}

/** Most characters of a pull request comment, with some to spare; where there are manifests, those of the stacks' part. */
const commentLimits = { all: 64_000, stacks: 30_000 };

function comment(environment: string, plans: StackPlan[], manifests: ManifestChange[]): string {
  if (manifests.length === 0) return previewMarkdown(plans, { environment, limit: commentLimits.all });
  const stacks = previewMarkdown(plans, { environment, limit: commentLimits.stacks });
  return `${stacks}\n${manifestsMarkdown(manifests, commentLimits.all - stacks.length)}`;
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
  onManifests: (files: ManifestFile[]) => void,
): Promise<StackPlan> {
  for (const needed of upstream[layer]) {
    if (await stacks.outputs(needed)) continue;
    const nothing = { changes: [], unchanged: 0, outputs: [], diagnostics: [], policies: [] };
    const basis: StackPlan['basis'] = {
      kind: 'upstream-not-deployed',
      missing: [stackName(environment.name, needed)],
    };
    return { stack: stackName(environment.name, layer), layer, basis, ...nothing };
  }
  const plan = await stacks.preview(layer, await desiredOf(layer, environment, stacks), { signal, onManifests });
  const pending = before.filter((other) => upstream[layer].includes(other.layer) && other.changes.length > 0);
  if (pending.length === 0) return plan;
  const upstreams = pending.map(({ stack }) => ({ stack, outputs: [] }));
  return { ...plan, basis: { kind: 'upstream-pending', upstream: upstreams } };
}

const marks = { create: '+', update: '~', replace: '±', delete: '-', read: '>', import: '=' } as const;

function printPlan(plan: StackPlan, { print }: CommandContext): void {
  if (plan.basis.kind === 'upstream-not-deployed') {
    print(`${plan.stack}: not known until stack ${plan.basis.missing.join(', ')} is deployed`);
    return;
  }
  print(`${plan.stack}: ${describeChanges(plan)}, ${plan.unchanged} unchanged`);
  if (plan.basis.kind === 'upstream-pending') {
    const pending = plan.basis.upstream.map(({ stack }) => stack).join(', ');
    print(`  (live outputs, while ${pending} has changes pending)`);
  }
  for (const { operation, name, type, properties, retained } of plan.changes) {
    const detail =
      operation === 'update' || operation === 'replace'
        ? `  [${properties.slice(0, 5).join(', ')}${properties.length > 5 ? ', …' : ''}]`
        : retained
          ? '  (leaves the stack; stays in the cluster)'
          : '';
    print(`  ${marks[operation]} ${type.split(':').at(-1)} ${name}${detail}`);
  }
}

/** Changes of the manifests that ArgoCD reads from git, each with its diff. */
function printManifests(changes: ManifestChange[], { print }: CommandContext): void {
  print(`manifests for ArgoCD: ${describeManifests(changes)}`);
  for (const { operation, module, object, diff } of changes) {
    print(`  ${marks[operation]} ${module}: ${object}`);
    if (operation === 'update') for (const line of hunks(diff)) print(`      ${line}`);
  }
}

function jsonManifests(changes: ManifestChange[] | undefined): object {
  return changes ? { manifests: changes.map(({ before: _, ...change }) => change) } : {};
}
