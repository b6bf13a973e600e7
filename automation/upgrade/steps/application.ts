import { join } from 'node:path';
import { loadApplication } from '../../../application/application-file.ts';
import { planMigration, writeMigration } from '../../../application/migration/index.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';

/**
 * Step 1 of the release notes: `application.yaml` is migrated in the working tree, not committed. The original stays
 * beside it as `application.previous.yaml`, since modules that are still at the old release are rendered from it.
 */
export const application: StepBehaviour = {
  done: async ({ environment, to }) => loadApplication(environment).release === to.id,
  async preview(context) {
    const { changes, warnings } = await plan(context);
    return { notes: [...changes, ...warnings.map((warning) => `warning: ${warning}`)], blockers: [] };
  },
  async run(context) {
    const planned = await plan(context);
    for (const warning of planned.warnings) context.warn(warning);
    await writeMigration(planned);
    context.act('migrate (not committed)', planned.file);
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

function plan({ environment, to }: UpgradeContext) {
  return planMigration(join(environment.directory, environment.name), to.id);
}
