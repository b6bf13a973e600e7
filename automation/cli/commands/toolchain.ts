import { toolGroups } from '../../../toolchain/tool.ts';
import { defineCommand, defineGroup } from './definition.ts';

export const toolchain = defineGroup({
  command: 'toolchain',
  describe: 'the tools that other commands run: list them, install them beforehand',
  which: 'list, install or env?',
  commands: [
    defineCommand({
      command: 'list [group...]',
      describe: 'each tool with its version and where on this machine it is',
      builder: (yargs) =>
        yargs
          .positional('group', {
            type: 'string',
            array: true,
            choices: toolGroups,
            describe: 'only tools of these (default: all; with --missing what `install` installs)',
          })
          .option('missing', {
            type: 'boolean',
            default: false,
            describe: 'only those that aren’t there yet; exit code 2 where there are any',
          }),
      operation: async () => (await import('../../operations/toolchain/command.ts')).list,
    }),
    defineCommand({
      command: 'install [group...]',
      describe: 'make sure that tools are there: found, downloaded, or built from their Go modules',
      builder: (yargs) =>
        yargs.positional('group', {
          type: 'string',
          array: true,
          choices: toolGroups,
          describe:
            'engine: up, preview, upgrade; sandbox: rehearsals; argocd: rehearsals with delivery by ArgoCD; shell: the Pulumi CLI by hand; machines: rehearsals on machines that really boot (default: all but machines)',
        }),
      operation: async () => (await import('../../operations/toolchain/command.ts')).install,
    }),
    defineCommand({
      command: 'env',
      describe: 'print the variables with which `pulumi` from a shell uses these tools',
      builder: (yargs) => yargs,
      operation: async () => (await import('../../operations/toolchain/command.ts')).env,
    }),
  ],
  examples: [
    ['$0 toolchain install', 'all but machines, before the first rehearsal'],
    ['$0 toolchain list --missing || $0 toolchain install', 'in a pipeline that caches them'],
    ['$0 toolchain install engine', 'only what an upgrade needs'],
    ['eval "$($0 toolchain env)" && pulumi preview -s demo-network', 'the Pulumi CLI by hand'],
  ],
});
