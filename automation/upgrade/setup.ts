import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../errors/index.ts';
import { releases } from '../../releases/index.ts';
import { type Release, releaseIds } from '../../releases/release.ts';
import type { Upgrade } from '../../releases/upgrade.ts';
import { upgrade as upgradeTo122 } from '../../releases/v1.22/upgrade.ts';
import { loadApplication } from '../../stacks/application.ts';
import { type Environment, loadEnvironment } from '../../stacks/environment.ts';
import type { Stacks } from '../stack/driver.ts';

const upgrades: Upgrade[] = [upgradeTo122];

/**
 * The upgrade that leads to a release, checked against where the environment is.
 * @throws UserError for an unknown release, a downgrade, or one that would skip a release.
 */
export async function chooseUpgrade(
  environment: Environment,
  to: string,
  stacks: Stacks,
): Promise<{ upgrade: Upgrade; from: Release; to: Release }> {
  const upgrade = upgrades.find((candidate) => candidate.to === to);
  if (!upgrade) {
    throw new UserError(`there is no upgrade to KubeZero ${to}; known releases: ${releaseIds.join(', ')}`, {
      where: '--to',
      state: 'nothing was touched',
      fix: `choose one of: ${upgrades.map((u) => u.to).join(', ')}`,
    });
  }
  const position = (id: string) => releaseIds.indexOf(id as (typeof releaseIds)[number]);
  const [controllers, modules] = [await stacks.deployed('controllers'), await stacks.deployed('modules')];
  const deployed = [controllers.release, ...Object.values(modules.releases), loadApplication(environment).release];
  const newer = deployed.find((id) => position(id) > position(upgrade.to));
  if (newer) {
    throw new UserError(`${environment.name} is at KubeZero ${newer}: going to ${to} would be a downgrade`, {
      where: `environment ${environment.name}`,
      state: 'nothing was touched',
      fix: 'etcd and CRDs can’t go back a release; restore from a backup instead',
    });
  }
  const older = deployed.find((id) => position(id) < position(upgrade.from));
  if (older) {
    throw new UserError(
      `${environment.name} is at KubeZero ${older}: the upgrade to ${to} starts at ${upgrade.from}, no release is skipped`,
      {
        where: `environment ${environment.name}`,
        state: 'nothing was touched',
        fix: `first run: kubezero upgrade ${environment.name} --to ${upgrade.from}`,
      },
    );
  }
  return { upgrade, from: releases[upgrade.from], to: releases[upgrade.to] };
}

/**
 * A copy of the environments directory (with the project's Pulumi.yaml) in a temporary place, for plans that need
 * files as they will be later.
 */
export function shadowEnvironment(environment: Environment): { environment: Environment; dispose(): void } {
  const root = mkdtempSync(join(tmpdir(), 'kubezero-plan-'));
  const directory = join(root, basename(environment.directory));
  cpSync(environment.directory, directory, { recursive: true });
  const project = join(dirname(environment.directory), 'Pulumi.yaml');
  if (existsSync(project)) cpSync(project, join(root, 'Pulumi.yaml'));
  return {
    environment: loadEnvironment(environment.name, directory),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}
