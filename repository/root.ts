import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of the checkout (the directory with package.json and Pulumi.yaml), the same whether this runs from the
 * TypeScript sources or bundled from dist/. Data files read at run time are found relative to it:
 * `join(repositoryRoot, 'infra/node/scripts')`. Never use `import.meta.url` for that: in the bundle it points into dist/.
 */
export const repositoryRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Sources, bundle and bin all live below the root; `automation/` tells it apart from a package.json nested anywhere else. */
function findRoot(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json')) && existsSync(join(directory, 'automation'))) return directory;
    if (directory === dirname(directory)) throw new Error(`no checkout of kubezero found above ${start}`);
  }
}
