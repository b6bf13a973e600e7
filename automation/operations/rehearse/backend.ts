import { UserError } from '../../../errors/index.ts';
import { addFault, type BackendKind, stateBucket } from '../../../sandbox/client.ts';

/** Where a rehearsal keeps the state of its stacks, and how far away that is. */
export interface Backend {
  kind: BackendKind;
  /** Milliseconds that each call waits. */
  delay?: number;
  /** Mbit/s that its calls share, in each direction. */
  bandwidth?: number;
}

interface BackendOptions {
  backend: BackendKind;
  backendDelay?: number;
  backendBandwidth?: number;
}

/** @throws UserError where files are to be far away, or a distance isn't one */
export function backendOf({ backend, backendDelay, backendBandwidth }: BackendOptions): Backend {
  const given = { '--backend-delay': backendDelay, '--backend-bandwidth': backendBandwidth };
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (backend !== 's3')
      throw new UserError(`${option} is about --backend s3, and the state is in files`, { where: 'command line' });
    if (!(value > 0))
      throw new UserError(`${option} is "${value}"`, { where: 'command line', fix: 'a number above 0' });
  }
  return { kind: backend, delay: backendDelay, bandwidth: backendBandwidth };
}

/** Makes a sandbox's state bucket as far away as it is to be, and KMS with it. What machines do isn't slowed down. */
export async function slowDown(directory: string, environment: string, { delay, bandwidth }: Backend): Promise<void> {
  if (delay === undefined && bandwidth === undefined) return;
  const distance = { delay, bandwidth };
  await addFault(directory, {
    kind: 'slow-aws',
    operation: 's3:*',
    resource: `${stateBucket(environment)}/`,
    ...distance,
  });
  await addFault(directory, { kind: 'slow-aws', operation: 'kms:*', ...distance });
}
