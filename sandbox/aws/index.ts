import { releases } from '../../releases/index.ts';
import { Account, type Delays, type Refuse, type Slow } from './account.ts';
import { makeBackend, type StateBackend } from './backend.ts';
import { addressesOf } from './dns.ts';
import { type ImagePattern, imagesOf } from './images.ts';
import { rebootInstance } from './instances.ts';
import type { MachineHost } from './machine.ts';
import { serveProvider } from './provider/server.ts';
import { serveQueryApi } from './query/server.ts';
import { type AwsState, stateOf } from './state.ts';

export type { BackendKind } from './backend.ts';
export type { Machine, MachineHost } from './machine.ts';
export { refusalOf } from './refusals.ts';
export type { AwsState } from './state.ts';

export interface AwsOptions {
  /** What instances are started and stopped on. */
  host: MachineHost;
  /** Address the query API listens on; the sandbox's own loopback address. */
  address: string;
  region: string;
  /** The sandbox's directory. The account is kept in memory; nothing of it is written there. */
  directory: string;
  log(line: string): void;
  /** Machine images there are; absent: one for each KubeZero release. */
  images?: ImagePattern[];
  /** Milliseconds that things take; absent: fractions of a second. */
  delays?: Partial<Delays>;
  /** Faults of AWS itself. */
  refuse?: Refuse;
  slow?: Slow;
}

export interface Aws {
  /** For `AWS_ENDPOINT_URL`: EC2, Auto Scaling, STS, Route 53, S3 and KMS. */
  endpointUrl: string;
  /** For `PULUMI_DEBUG_PROVIDERS=aws:<port>`. */
  providerPort: number;
  state(): AwsState;
  /** Addresses of a name in the account's hosted zones, as a resolver of its network would answer; none where it isn't there. */
  addressesOf(name: string): string[];
  /** Reboots an instance, as RebootInstances does. @throws AwsError where it isn't running. */
  rebootInstance(id: string): void;
  /** Makes what an operator has before the first run: a bucket for the state of stacks, and a key for the secrets in it. */
  makeBackend(environment: string): StateBackend;
  stop(): Promise<void>;
}

/**
 * A simulated AWS account with two front ends on the same state: a Pulumi provider and the AWS query APIs. Everything is
 * kept in memory and gone after `stop`, which leaves the host's machines alone.
 */
export async function startAws(options: AwsOptions): Promise<Aws> {
  const account = new Account({
    host: options.host,
    region: options.region,
    images: [],
    log: options.log,
    delays: options.delays,
    refuse: options.refuse,
    slow: options.slow,
  });
  const patterns = options.images ?? Object.values(releases).map(({ image }) => image);
  for (const image of imagesOf(patterns, account.id)) account.images.set(image.id, image);
  const queryApi = await serveQueryApi(account, options.address);
  const provider = await serveProvider(account);
  return {
    endpointUrl: queryApi.endpointUrl,
    providerPort: provider.port,
    state: () => stateOf(account),
    addressesOf: (name) => addressesOf(account, name),
    rebootInstance: (id) => rebootInstance(account, id),
    makeBackend: (environment) => makeBackend(account, environment),
    stop: async () => {
      account.stop();
      await Promise.all([queryApi.stop(), provider.stop()]);
    },
  };
}
