import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../repository/root.ts';

/** What decides what is deployed, and in which order; not how that is shown, rehearsed or tested. */
const deciding = [
  'application',
  'automation',
  'charts',
  'environment',
  'infra',
  'modules',
  'pulumi',
  'releases',
  'stacks',
  'toolchain',
];
const leftOut = new Set([
  'automation/report',
  'automation/operations/rehearse',
  'automation/operations/render',
  'automation/operations/sandbox',
]);
const source = /^(?!.*\.test\.ts$).+\.(ts|js|sh|ya?ml|json|go|mod|sum)$/;

/**
 * SHA-256 of kubezero itself: of its sources, which are there also where it runs bundled, and of the packages that it is
 * locked to. The same in every checkout of a commit, whatever its place, age and line ends.
 */
export function programDigest(root: string = repositoryRoot): string {
  const hash = createHash('sha256');
  for (const path of [...deciding.flatMap((name) => sourcesBelow(root, name)), 'package-lock.json'].sort()) {
    const file = join(root, path);
    const text = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';
    hash.update(`${path}\0${text.length}\0`).update(text);
  }
  return hash.digest('hex');
}

/** Paths of sources below the root. Directories in `stacks` are environments: they are data, with digests of their own. */
function sourcesBelow(root: string, directory: string): string[] {
  if (leftOut.has(directory) || !existsSync(join(root, directory))) return [];
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return directory === 'stacks' ? [] : sourcesBelow(root, path);
    return entry.isFile() && source.test(entry.name) ? [path] : [];
  });
}
