import { exitCode, UserError } from '../../errors/index.ts';
import { s3 } from './clients.ts';
import { callAws, errorCode } from './failure.ts';

/** An etcd snapshot in the backup bucket. */
export interface Snapshot {
  key: string;
  /** Whole seconds: S3 keeps no finer time. */
  lastModified: Date;
  /** Bytes. */
  size: number;
}

/**
 * The newest object below a prefix; undefined when there is none.
 * @throws UserError when there is no such bucket
 */
export async function latestSnapshot(bucket: string, prefix: string): Promise<Snapshot | undefined> {
  const [client, { paginateListObjectsV2 }] = await Promise.all([s3(), import('@aws-sdk/client-s3')]);
  return callAws('s3:ListBucket', `s3://${bucket}/${prefix}`, async () => {
    let newest: Snapshot | undefined;
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
        for (const { Key = '', LastModified = new Date(0), Size = 0 } of Contents) {
          const snapshot = { key: Key, lastModified: LastModified, size: Size };
          if (!newest || isNewer(snapshot, newest)) newest = snapshot;
        }
    } catch (error) {
      if (errorCode(error) === 'NoSuchBucket')
        throw new UserError('there is no such bucket', {
          where: `s3://${bucket}`,
          fix: 'check AWS_REGION and the account, or run `kubezero up`: the network layer makes the backup bucket',
          exitCode: exitCode.blocked,
          cause: error,
        });
      throw error;
    }
    return newest;
  });
}

/** Two of the same second: the later name, since names carry the time. */
function isNewer(one: Snapshot, other: Snapshot): boolean {
  const difference = one.lastModified.getTime() - other.lastModified.getTime();
  return difference > 0 || (difference === 0 && one.key > other.key);
}
