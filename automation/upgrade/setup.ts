import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loadApplication } from '../../application/application-file.ts';
import { planMigration } from '../../application/migration/index.ts';
import { type Environment, loadEnvironment } from '../../environment/environment.ts';
import { UserError } from '../../errors/index.ts';
import { releases } from '../../releases/index.ts';
import { type Release, type ReleaseId, releaseIds } from '../../releases/release.ts';
import type { Upgrade } from '../../releases/upgrade.ts';
import { upgrades } from '../../releases/upgrades.ts';
import { copyProjectFile } from '../../repository/project-file.ts';
import type { StackOutputs } from '../engine/stacks.ts';

/**
 * The upgrade that leads to a release, checked against where the environment is: first by its files, then by what is
 * deployed.
 * @throws UserError for an unknown release, a downgrade, or one that would skip a release.
 */
export async function chooseUpgrade(
  environment: Environment,
  to: string,
  stacks: StackOutputs,
): Promise<{ upgrade: Upgrade; from: Release; to: Release }> {
  const application = loadApplication(environment);
  refuseDirection(environment.name, application.release, to, application.file);
  const upgrade = upgradeTo(to);
  // Keys that only the new release refuses are to be known before the first step, not at the one that migrates.
  if (application.release === upgrade.from) await planMigration(join(environment.directory, environment.name), to);
  const controllers = await stacks.deployed('controllers');
  const modules = await stacks.deployed('modules');
  for (const release of [controllers.release, ...Object.values(modules.releases)])
    refuseDirection(environment.name, release, to, `environment ${environment.name}, as deployed`);
  return { upgrade, from: releases[upgrade.from]!, to: releases[upgrade.to]! };
}

/** The upgrade that leads to a release. @throws UserError where there is none. */
export function upgradeTo(to: string): Upgrade {
  const upgrade = upgrades.find((candidate) => candidate.to === to);
  if (upgrade) return upgrade;
  throw new UserError(`there is no upgrade to KubeZero ${to}; known releases: ${releaseIds.join(', ')}`, {
    where: '--to',
    state: 'nothing was touched',
    fix: `choose one of: ${upgrades.map((u) => u.to).join(', ')}`,
  });
}

/** Refuses to go back, and to go past a release. */
function refuseDirection(environment: string, present: ReleaseId, to: string, where: string): void {
  const [at, target] = [position(present), position(to)];
  if (target < 0) return;
  if (at > target) {
    throw new UserError(`${environment} is at KubeZero ${present}: going to ${to} would be a downgrade`, {
      where,
      state: 'nothing was touched',
      fix: 'etcd and CRDs can’t go back a release; restore from a backup instead',
    });
  }
  if (target - at > 1) {
    const next = releaseIds[at + 1];
    throw new UserError(`${environment} is at KubeZero ${present}: no release is skipped on the way to ${to}`, {
      where,
      state: 'nothing was touched',
      fix: `first run: kubezero upgrade ${environment} --to ${next}`,
    });
  }
}

function position(release: string): number {
  return releaseIds.indexOf(release);
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
  if (existsSync(project)) copyProjectFile(project, join(root, 'Pulumi.yaml'));
  const copy = loadEnvironment(environment.name, directory);
  return {
    // Where ArgoCD reads manifests stays as it is, and where policies are.
    environment: { ...copy, git: environment.git, policyPacks: environment.policyPacks },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}
