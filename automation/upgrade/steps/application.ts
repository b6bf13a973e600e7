import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadApplication } from '../../../stacks/application.ts';
import { migrateApplication } from '../../application/index.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';

/**
 * Step 1 of the release notes: `application.yaml` is migrated in the working tree, not committed. The original stays
 * beside it as `application.previous.yaml`, since modules that are still at the old release are rendered from it.
 */
export const application: StepBehaviour = {
  done: async ({ environment, to }) => loadApplication(environment).release === to.id,
  async preview(context) {
    const { changes, warnings } = migrate(context);
    return [...changes, ...warnings.map((warning) => `warning: ${warning}`)];
  },
  async run(context) {
    const { path, previous } = files(context);
    const before = readFileSync(path, 'utf8');
    const { text, warnings } = migrate(context);
    for (const warning of warnings) context.warn(warning);
    writeFileSync(previous, before);
    writeFileSync(path, text);
    context.act('migrated (not committed)', path);
  },
  gates: ({ environment, to }) => [
    {
      name: 'application.yaml parses and is at the new release',
      check: async () => {
        const { release } = loadApplication(environment);
        return release === to.id ? [] : [{ object: 'application.yaml', reason: `is at ${release}` }];
      },
    },
  ],
};

function files({ environment }: UpgradeContext): { path: string; previous: string } {
  const directory = join(environment.directory, environment.name);
  return { path: join(directory, 'application.yaml'), previous: join(directory, 'application.previous.yaml') };
}

function migrate(context: UpgradeContext) {
  const { path } = files(context);
  return migrateApplication(readFileSync(path, 'utf8'), { to: context.to.id, file: path });
}
