import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadApplication } from '../../../application/application-file.ts';
import { valuesAt } from '../../../application/migration/index.ts';
import type { ChartStore } from '../../../charts/index.ts';
import { loadEnvironment } from '../../../environment/environment.ts';
import { type ExitCode, exitCode, UserError } from '../../../errors/index.ts';
import { nearest } from '../../../errors/nearest.ts';
import { releases } from '../../../releases/index.ts';
import type { ReleaseId } from '../../../releases/release.ts';
import { type ChartPin, moduleIds } from '../../../releases/release.ts';
import {
  chartsWanted,
  describeApi,
  type KubernetesObject,
  type ModuleApi,
  manifestYaml,
  namedFiles,
  type RenderedEnvironment,
} from '../../../stacks/rendering.ts';
import { maskValue } from '../../engine/changes/masking.ts';
import { chartsUsed } from '../../engine/charts-used.ts';
import { openEngine } from '../../engine/engine.ts';
import { renderEnvironment } from '../../engine/render.ts';
import type { CommandContext } from '../../report/command-context.ts';
import type { ChartUse } from '../../report/events.ts';
import { redact } from '../../report/redacting.ts';
import { chartOrigins } from '../../report/wording.ts';
import { chartsOf } from '../charts/open.ts';
import { findFacts } from './facts.ts';

export interface RenderOptions {
  env: string;
  /** Only these; absent: every module that application.yaml switches on. */
  module?: string[];
  release?: ReleaseId;
  /** Directory to write to, instead of stdout. */
  out?: string;
  /** Only the check of APIs. */
  check: boolean;
  showSecrets: boolean;
  charts?: string[];
}

/** What `kubezero render --json` prints. */
interface RenderResult {
  environment: string;
  release: string;
  kubernetesVersion: string;
  /** Why facts about the cluster are made up. */
  placeholders?: string;
  charts: ChartUse[];
  apis: { unserved: ModuleApi[]; deprecated: ModuleApi[] };
  /** Absent with `--check` and `--out`. */
  modules?: { module: string; objects: KubernetesObject[] }[];
}

/** `kubezero render`: what the modules would deploy. Exit code 4 where the release's Kubernetes doesn't serve some of it. */
export async function render(argv: RenderOptions, context: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, context.stacksDirectory);
  const release = argv.release ?? loadApplication(environment).release;
  const { kubernetesVersion } = releases[release]!;
  const given = chartsOf(argv, context);
  const values = valuesAt(environment, release);
  const engine = await openEngine(context, given);
  const { facts, placeholders } = await findFacts(environment, kubernetesVersion, engine);
  const args = { release, values, facts };
  const standIns = await provideStandIns(chartsWanted(args), given);
  const store = standIns ? given.with([standIns]) : given;
  const rendered = await renderEnvironment(environment, args, {
    engine: { ...engine, charts: store },
    signal: context.signal,
  }).finally(() => standIns && rmSync(standIns, { recursive: true, force: true }));
  const chosen = choose(rendered, argv.module ?? [], release);
  const isChosen = ({ module }: ModuleApi) => chosen.some((other) => other.module === module);
  const apis = { unserved: rendered.unserved.filter(isChosen), deprecated: rendered.deprecated.filter(isChosen) };
  const modules = chosen.map(({ module, objects }) => ({
    module,
    objects: argv.showSecrets ? objects : objects.map(withoutSecrets),
  }));
  const charts = chartsUsed(store);
  const print = argv.showSecrets ? context.printSecrets : context.print;
  if (argv.out) writeFiles(argv.out, modules, argv.showSecrets);
  if (context.json) {
    const shown = argv.check || argv.out ? {} : { modules };
    const result: RenderResult = {
      environment: environment.name,
      release,
      kubernetesVersion,
      ...(placeholders ? { placeholders } : {}),
      charts,
      apis,
      ...shown,
    };
    print(JSON.stringify(result, null, 2));
  } else {
    const count = modules.reduce((sum, { objects }) => sum + objects.length, 0);
    const say = argv.check || argv.out ? context.print : context.warn;
    if (!argv.check && !argv.out) printYaml(modules, print);
    say(
      `${environment.name} at ${release}: ${count} objects of ${modules.length} modules${argv.out ? ` in ${argv.out}` : ''}`,
    );
    if (placeholders) say(`placeholders for account, roles, bucket and issuer: ${placeholders}`);
    say(chartOrigins(charts));
    for (const line of apiLines(apis, kubernetesVersion)) say(line);
  }
  return apis.unserved.length > 0 ? exitCode.blocked : exitCode.ok;
}

/**
 * Makes stand-ins available where charts are nowhere to be had: something can be read on any machine, and it is said.
 * @returns directory with them, to remove afterwards
 */
async function provideStandIns(pins: ChartPin[], charts: ChartStore): Promise<string | undefined> {
  if (pins.every((pin) => charts.search(pin).found)) return undefined;
  const { writeStandInCharts } = await import('../../../sandbox/charts/index.ts');
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-stand-ins-'));
  // What it prints is to be read: nobody learns anything from two megabytes of schemas that were made up.
  await writeStandInCharts(directory, { size: 'small' });
  return directory;
}

/** The modules that were asked for. @throws UserError for one that there isn't, or that is off. */
function choose({ modules }: RenderedEnvironment, ids: string[], release: string): RenderedEnvironment['modules'] {
  if (ids.length === 0) return modules;
  for (const id of ids) {
    if (modules.some(({ module }) => module === id)) continue;
    const guess = (moduleIds as readonly string[]).includes(id) ? undefined : nearest(id, moduleIds);
    throw new UserError(`Module "${id}" isn't switched on at ${release}.`, {
      fix: guess ? `Did you mean "${guess}"?` : `Modules that are: ${modules.map(({ module }) => module).join(', ')}.`,
    });
  }
  return modules.filter(({ module }) => ids.includes(module));
}

const redacted = '(secret)';

/** Data of Secrets is left out whole; of other kinds only what is secret in them, e.g. a password in an environment. */
function withoutSecrets(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret') return maskValue(object);
  const hidden = (data: unknown) => Object.fromEntries(Object.keys(data as object).map((key) => [key, redacted]));
  const { data, stringData, ...rest } = object;
  return {
    ...maskValue(rest),
    ...(data ? { data: hidden(data) } : {}),
    ...(stringData ? { stringData: hidden(stringData) } : {}),
  };
}

type Modules = { module: string; objects: KubernetesObject[] }[];

function printYaml(modules: Modules, print: CommandContext['print']): void {
  for (const { module, objects } of modules) {
    for (const object of objects) print(`---\n# module: ${module}\n${manifestYaml(object).trimEnd()}`);
  }
}

function writeFiles(directory: string, modules: Modules, withSecrets = false): void {
  for (const { module, objects } of modules) {
    for (const { name, object } of namedFiles(objects)) {
      const file = join(directory, module, `${name}.yaml`);
      mkdirSync(dirname(file), { recursive: true });
      const text = manifestYaml(object);
      writeFileSync(file, withSecrets ? text : redact(text), withSecrets ? { mode: 0o600 } : {});
    }
  }
}

function apiLines({ unserved, deprecated }: RenderResult['apis'], kubernetesVersion: string): string[] {
  return [
    unserved.length > 0
      ? `Kubernetes ${kubernetesVersion} doesn't serve:`
      : `Kubernetes ${kubernetesVersion} serves every API in it`,
    ...unserved.map((api) => `  ${describeApi(api)}`),
    ...(deprecated.length > 0 ? ['A later Kubernetes no longer serves:'] : []),
    ...deprecated.map((api) => `  ${describeApi(api)}`),
  ];
}
