import { environmentArgument } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const kubeconfig = defineCommand({
  command: 'kubeconfig <env>',
  describe: 'print a kubeconfig for the cluster, with short-lived credentials that no file keeps',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('write', {
        type: 'string',
        requiresArg: true,
        describe: 'merge it into this file (mode 0600) instead of printing it; other contexts in it stay',
      })
      .option('login', {
        type: 'string',
        choices: ['certificate', 'aws-iam-authenticator'] as const,
        requiresArg: true,
        describe:
          'how to log in (default: aws-iam-authenticator where environment.yaml has it on, else a certificate for an hour)',
      })
      .option('tunnel', {
        type: 'boolean',
        default: false,
        describe: 'reach the API through Session Manager on a controller; stays until Ctrl-C',
      })
      .option('port', {
        type: 'number',
        requiresArg: true,
        describe: 'port of this machine that leads there, with --tunnel (default: a free one)',
      })
      .option('credential', {
        type: 'boolean',
        default: false,
        describe: 'print a client certificate, as Kubernetes clients ask for one: what the kubeconfig runs',
      })
      .option('bucket', {
        type: 'string',
        requiresArg: true,
        describe: 'with --credential: bucket with the cluster’s keys (default: that of the network stack)',
      })
      .option('region', {
        type: 'string',
        requiresArg: true,
        describe: 'with --credential: region of the bucket (default: the environment’s)',
      })
      .check(({ credential, tunnel, write, login, port, bucket, region }) => {
        const other = credential
          ? Object.entries({ write, login, port, tunnel: tunnel || undefined })
          : Object.entries({ bucket, region });
        const [given] = other.find(([, value]) => value !== undefined) ?? [];
        if (given) return `--${given} ${credential ? 'doesn’t go with' : 'needs'} --credential`;
        if (port !== undefined && !tunnel) return '--port needs --tunnel';
        return port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536) || '--port is a port number';
      })
      .example('$0 kubeconfig demo --write ~/.kube/config', 'from then on: kubectl --context demo get nodes')
      .example(
        '$0 kubeconfig demo --tunnel --write demo.kubeconfig',
        'where the network of the cluster isn’t reachable',
      ),
  operation: async ({ credential }) =>
    credential
      ? (await import('../../access/credential.ts')).credential
      : (await import('../../access/command.ts')).kubeconfig,
});
