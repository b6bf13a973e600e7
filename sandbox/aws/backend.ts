import type { Account } from './account.ts';
import { createBucket } from './buckets.ts';
import { createAlias, createKey } from './keys.ts';

/** Where the state of stacks is kept: in files with a passphrase, or in S3 with a key of KMS. */
export type BackendKind = 'file' | 's3';

/** Where stacks keep their state, as Pulumi is told. */
export interface StateBackend {
  /** For `PULUMI_BACKEND_URL`. */
  url: string;
  /** For `pulumi stack init --secrets-provider`. */
  secretsProvider: string;
}

/** Name of the bucket that an environment's state is in. */
export function stateBucket(environment: string): string {
  return `${environment}-pulumi-state`;
}

/** Makes a versioned bucket for the state of an environment's stacks, and a KMS key for the secrets in it. */
export function makeBackend(account: Account, environment: string): StateBackend {
  const name = stateBucket(environment);
  createBucket(account, name).versioned = true;
  const alias = `alias/${name}`;
  createAlias(account, alias, createKey(account, `secrets in the state of ${environment}`).id);
  return {
    url: `s3://${name}/kubezero?region=${account.region}`,
    secretsProvider: `awskms://${alias}?region=${account.region}`,
  };
}
