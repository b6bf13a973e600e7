import { relative, sep } from 'node:path';
import type { Environment } from '../../environment/environment.ts';
import type { ModuleId } from '../../releases/release.ts';
import { repository } from '../live/git.ts';
import { manifestsOf } from './manifests.ts';

/** The manifests that are committed now, compared with those of the revisions that ArgoCD reports. */
export function committedManifests(environment: Environment) {
  let opened: ReturnType<typeof repository> | undefined;
  const known = new Map<string, Promise<string | undefined>>();
  let fetched: Promise<unknown> | undefined;

  async function read(id: ModuleId, revision: string): Promise<string | undefined> {
    opened ??= repository({ workingTree: environment.directory });
    const { git, root } = await opened;
    const path = relative(root, manifestsOf(environment)).split(sep).join('/');
    const tree = () => git.revparse(['--verify', '--quiet', `${revision}:${path}/${id}`]);
    try {
      return (await tree()).trim() || undefined;
    } catch {
      // Somebody else's commit, which this clone may not have yet; or one without the module.
      fetched ??= git.fetch(environment.git.remote, environment.git.branch).catch(() => undefined);
      await fetched;
      return tree().then(
        (hash) => hash.trim() || undefined,
        () => undefined,
      );
    }
  }

  function treeOf(id: ModuleId, revision: string): Promise<string | undefined> {
    const key = `${revision} ${id}`;
    const found = known.get(key) ?? read(id, revision);
    known.set(key, found);
    return found;
  }

  return {
    /** Whether a revision has the same manifests of a module. */
    async sameAt(id: ModuleId, revision: string): Promise<boolean> {
      const here = await treeOf(id, 'HEAD');
      return here !== undefined && here === (await treeOf(id, revision));
    },
  };
}
