import type { Argv } from 'yargs';
import { type ToolGroup, toolGroups } from '../../toolchain/tool.ts';
import type { CommandArguments, GlobalOptions } from './definition.ts';

export const command = 'toolchain';
export const describe = 'the tools that other commands run: list them, install them beforehand';

export const builder = (yargs: Argv<GlobalOptions>): Argv<GlobalOptions> =>
  yargs
    .command({
      command: 'list',
      describe: 'each tool with its version and where on this machine it is',
      handler: async (argv: unknown) => {
        const { listCommand } = await import('../toolchain/command.ts');
        await listCommand((argv as CommandArguments).context);
      },
    })
    .command({
      command: 'install [group...]',
      describe: 'make sure that tools are there: found, downloaded, or built from their Go modules',
      builder: (nested: Argv) =>
        nested.positional('group', {
          type: 'string',
          array: true,
          choices: toolGroups,
          describe:
            'engine: up, preview, upgrade; sandbox: rehearsals; argocd: rehearsals with delivery by ArgoCD; shell: the Pulumi CLI by hand (default: all)',
        }),
      handler: async (argv: unknown) => {
        const { group, context } = argv as CommandArguments<{ group?: ToolGroup[] }>;
        const { installCommand } = await import('../toolchain/command.ts');
        await installCommand(group?.length ? group : toolGroups, context);
      },
    })
    .command({
      command: 'env',
      describe: 'print the variables with which `pulumi` from a shell uses these tools',
      handler: async (argv: unknown) => {
        const { environmentCommand } = await import('../toolchain/command.ts');
        await environmentCommand((argv as CommandArguments).context);
      },
    })
    .demandCommand(1, 'list, install or env?')
    .example('$0 toolchain install', 'everything, before the first rehearsal')
    .example('$0 toolchain install engine', 'only what an upgrade needs')
    .example('eval "$($0 toolchain env)" && pulumi preview -s demo-network', 'the Pulumi CLI by hand');

/** Not reached: without an action, the parser asks for one. */
export async function handler(): Promise<void> {}
