import { releases } from '../../releases/index.ts';
import { Account, type Delays } from './account.ts';
import { type ImagePattern, imagesOf } from './images.ts';
import type { MachineHost } from './machine.ts';
import { serveProvider } from './provider/server.ts';
import { serveQueryApi } from './query/server.ts';
import { type AwsState, stateOf } from './state.ts';

export type { Machine, MachineHost } from './machine.ts';
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
}

export interface Aws {
  /** For `AWS_ENDPOINT_URL`: EC2, Auto Scaling, STS and S3. */
  endpointUrl: string;
  /** For `PULUMI_DEBUG_PROVIDERS=aws:<port>`. */
  providerPort: number;
  state(): AwsState;
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
  });
  const patterns = options.images ?? Object.values(releases).map(({ image }) => image);
  for (const image of imagesOf(patterns, account.id)) account.images.set(image.id, image);
  const queryApi = await serveQueryApi(account, options.address);
  const provider = await serveProvider(account);
  return {
    endpointUrl: queryApi.endpointUrl,
    providerPort: provider.port,
    state: () => stateOf(account),
    stop: async () => {
      account.stop();
      await Promise.all([queryApi.stop(), provider.stop()]);
    },
  };
}
