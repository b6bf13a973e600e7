import { type ExitCode, exitCode } from '../../errors/index.ts';
import { callerIdentity } from '../live/aws/index.ts';
import type { CommandContext } from '../report/command-context.ts';
import { clientCredential, requestedVersion } from './client-certificate.ts';
import type { KubeconfigCommandOptions } from './options.ts';
import { keysAbsent, readAuthority, sharedKeysAddress } from './shared-keys.ts';

/**
 * `kubezero kubeconfig --credential`: what a kubeconfig of ours asks for. kubectl waits for it: no stack is read and no engine
 * started where it is told the bucket.
 */
export async function credential(argv: KubeconfigCommandOptions, command: CommandContext): Promise<ExitCode> {
  const { bucket, region } = argv.bucket && argv.region ? argv : await deployedBucket(argv, command);
  const address = sharedKeysAddress(argv.env, bucket as string, region);
  const [authority, { arn }] = await Promise.all([readAuthority(address), callerIdentity(region)]);
  if (!authority) throw keysAbsent(argv.env, address);
  command.printSecrets(JSON.stringify(await clientCredential(authority, arn, requestedVersion(command.env))));
  return exitCode.ok;
}

async function deployedBucket({ env, bucket, region }: KubeconfigCommandOptions, command: CommandContext) {
  const [{ loadEnvironment }, { Stacks }, { openEngine }] = await Promise.all([
    import('../../environment/environment.ts'),
    import('../engine/driver.ts'),
    import('../engine/engine.ts'),
  ]);
  const environment = loadEnvironment(env, command.stacksDirectory);
  const network = await new Stacks(environment, await openEngine(command)).deployed('network');
  return { bucket: bucket ?? network.backupBucket, region: region ?? environment.region };
}
