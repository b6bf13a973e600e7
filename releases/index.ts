import { UserError } from '../errors/index.ts';
import { type Release, type ReleaseId, releaseIds } from './release.ts';
import { release as v121 } from './v1.21/index.ts';
import { release as v122 } from './v1.22/index.ts';

/** Every release this program knows. */
export const releases: Record<ReleaseId, Release> = { '1.21': v121, '1.22': v122 };

/**
 * The release of this id.
 * @throws UserError when there is none, naming those there are.
 */
export function release(id: string): Release {
  const found = (releases as Record<string, Release | undefined>)[id];
  if (!found) {
    throw new UserError(`KubeZero release "${id}" isn't known here.`, { fix: `Use one of ${releaseIds.join(', ')}.` });
  }
  return found;
}

/**
 * The release that an umbrella chart version (`spec.source.targetRevision` of application.yaml, e.g. `1.21.9-4`)
 * belongs to: the one of the same Kubernetes minor version.
 * @throws UserError when this program doesn't know the release.
 */
export function releaseOfUmbrella(targetRevision: string): Release {
  const minor = /^v?(\d+\.\d+)\.\d+/.exec(targetRevision)?.[1];
  const found = minor && (releases as Record<string, Release | undefined>)[minor];
  if (!found) {
    throw new UserError(`targetRevision "${targetRevision}" isn't of a KubeZero release known here.`, {
      where: 'application.yaml: spec.source.targetRevision',
      fix: `Use the umbrella chart of ${releaseIds.map((id) => `${id} (${releases[id].umbrellaVersion})`).join(' or ')}; upgrades go one release at a time.`,
    });
  }
  return found;
}
