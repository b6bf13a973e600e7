import { Config } from '@pulumi/pulumi';
import { loadApplication } from '../application/application-file.ts';
import type { Environment } from '../environment/environment.ts';
import type { DesiredState } from '../environment/outputs.ts';
import { UserError } from '../errors/index.ts';
import { type ModuleId, moduleIds, type ReleaseId, releaseIds } from '../releases/release.ts';

/**
 * Desired state of a layer as its stack's configuration has it (`Pulumi.<environment>-<layer>.yaml`, namespace
 * `kubezero`). Where nothing is said, everything is at the release of application.yaml, without a surge.
 * To be called in a running Pulumi program.
 * @throws UserError naming a key whose value isn't possible.
 */
export function configuredState<L extends keyof DesiredState>(environment: Environment, layer: L): DesiredState[L] {
  const config = new Config('kubezero');
  const fallback = () => loadApplication(environment).release;
  const release = () => releaseId(environment, layer, 'release', config.get('release')) ?? fallback();
  const read: { [K in keyof DesiredState]: () => DesiredState[K] } = {
    controllers: () => ({ release: release() }),
    workers: () => ({ release: release(), surge: config.getBoolean('surge') ?? false }),
    modules: () => ({
      releases: releaseMap(environment, config, 'releases') ?? everyModule(fallback()),
      crds: releaseMap(environment, config, 'crds') ?? everyModule(fallback()),
    }),
  };
  return read[layer]();
}

function everyModule(release: ReleaseId): Partial<Record<ModuleId, ReleaseId>> {
  return Object.fromEntries(moduleIds.map((id) => [id, release]));
}

function releaseMap(environment: Environment, config: Config, key: 'releases' | 'crds') {
  const map = config.getObject<Record<string, unknown>>(key);
  if (map === undefined) return undefined;
  for (const [module, value] of Object.entries(map)) {
    if (!moduleIds.some((id) => id === module))
      throw wrong(
        environment,
        'modules',
        `${key}.${module}`,
        `there is no module "${module}"`,
        `modules are ${moduleIds.join(', ')}`,
      );
    releaseId(environment, 'modules', `${key}.${module}`, value);
  }
  return map as Partial<Record<ModuleId, ReleaseId>>;
}

function releaseId(environment: Environment, layer: string, key: string, value: unknown): ReleaseId | undefined {
  if (value === undefined) return undefined;
  const found = releaseIds.find((id) => id === value);
  if (!found)
    throw wrong(
      environment,
      layer,
      key,
      `there is no release ${JSON.stringify(value)}`,
      `use one of "${releaseIds.join('", "')}"`,
    );
  return found;
}

function wrong(environment: Environment, layer: string, key: string, message: string, fix: string): UserError {
  const where = `Pulumi.${environment.name}-${layer}.yaml: config.kubezero:${key}`;
  return new UserError(message, { where, state: 'nothing was changed', fix });
}
