import { exitCode, UserError } from '../../../errors/index.ts';
import { s3 } from './clients.ts';
import { callAws, errorCode } from './failure.ts';

/** An object of a bucket. */
export interface ObjectAddress {
  bucket: string;
  key: string;
  /** Region of the bucket, where the surroundings needn't say one. */
  region?: string;
}

/**
 * The text of an object; undefined where it is proved that there is none.
 * @throws UserError where it can't be read, or there is no such bucket. S3 says "denied" of an object that isn't there, too, to
 * whoever may not list the bucket.
 */
export async function readObject({ bucket, key, region }: ObjectAddress): Promise<string | undefined> {
  const [client, { GetObjectCommand }] = await Promise.all([s3(region), import('@aws-sdk/client-s3')]);
  return callAws('s3:GetObject', `s3://${bucket}/${key}`, async () => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return await Body?.transformToString();
    } catch (error) {
      if (errorCode(error) === 'NoSuchKey') return undefined;
      if (errorCode(error) === 'NoSuchBucket')
        throw new UserError('there is no such bucket', {
          where: `s3://${bucket}`,
          fix: 'check the account that your AWS credentials are of, or run `kubezero up`: the network layer makes the bucket',
          exitCode: exitCode.blocked,
          cause: error,
        });
      throw error;
    }
  });
}
