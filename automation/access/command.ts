import { stringify } from 'yaml';
import { type Environment, loadEnvironment } from '../../environment/environment.ts';
import type { ControllersOutputs, NetworkOutputs } from '../../environment/outputs.ts';
import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { Stacks } from '../engine/driver.ts';
import { openEngine } from '../engine/engine.ts';
import type { CommandContext } from '../report/command-context.ts';
import { runningControllers } from './access.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { readCertificate } from './login.ts';
import type { KubeconfigCommandOptions } from './options.ts';
import { authenticatorPlugin, certificatePlugin } from './plugins.ts';
import { authorityAddress, keysAbsent, readAuthority, sharedKeysAddress } from './shared-keys.ts';
import { openTunnel } from './tunnel.ts';

/** `kubezero kubeconfig`: a kubeconfig for an environment's cluster. */
export async function kubeconfig(argv: KubeconfigCommandOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const stacks = new Stacks(environment, await openEngine(command));
  const network = await stacks.deployed('network');
  const controllers = await stacks.deployed('controllers');
  const { ca, plugin } = await login(environment, argv.login, network, controllers);
  const options = { context: environment.kubeContext, apiHost: environment.apiHost, ca, plugin };
  if (!argv.tunnel) {
    give(argv, options, command);
    return exitCode.ok;
  }
  const tunnel = await openTunnel({
    environment: environment.name,
    region: environment.region,
    apiHost: environment.apiHost,
    ca,
    controllers: () => runningControllers(controllers.autoScalingGroups),
    port: argv.port,
    signal: command.signal,
    onChange: command.warn,
  });
  try {
    give(argv, { ...options, localPort: tunnel.port }, command);
    command.warn(`127.0.0.1:${tunnel.port} leads to the API servers of ${environment.name} until Ctrl-C`);
    await aborted(command.signal);
  } finally {
    await tunnel.close();
  }
  return exitCode.ok;
}

async function login(
  environment: Environment,
  asked: KubeconfigCommandOptions['login'],
  { backupBucket }: NetworkOutputs,
  { release }: ControllersOutputs,
) {
  const { name, region, awsIamAuthenticator } = environment;
  const keys = sharedKeysAddress(name, backupBucket, region);
  if ((asked ?? (awsIamAuthenticator.enabled ? 'aws-iam-authenticator' : 'certificate')) === 'certificate') {
    const authority = await readAuthority(keys);
    if (!authority) throw keysAbsent(name, keys);
    return { ca: authority.cert, plugin: certificatePlugin(environment, backupBucket) };
  }
  if (!awsIamAuthenticator.enabled)
    throw new UserError('aws-iam-authenticator is off in this environment', {
      where: `${name}/environment.yaml: awsIamAuthenticator.enabled`,
      state: 'nothing was written',
      fix: `leave --login out, or switch it on and run: kubezero up ${name}`,
    });
  const ca = await readCertificate(authorityAddress(name, backupBucket, region));
  if (ca === undefined) throw keysAbsent(name, authorityAddress(name, backupBucket, region));
  return { ca, plugin: authenticatorPlugin(environment, release) };
}

function give(
  { write }: KubeconfigCommandOptions,
  options: Parameters<typeof kubeconfigOf>[0],
  command: CommandContext,
): void {
  const entries = kubeconfigOf(options);
  const { context, apiHost } = options;
  if (!write) {
    command.print(command.json ? JSON.stringify(entries, null, 2) : stringify(entries).trimEnd());
    return;
  }
  const isOurs = ({ server, 'tls-server-name': name }: Record<string, unknown>) =>
    server === `https://${apiHost}:6443` || name === apiHost;
  writeKubeconfig(write, entries, isOurs);
  command.warn(`context ${context} is in ${write}: kubectl --kubeconfig ${write} --context ${context} get nodes`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
