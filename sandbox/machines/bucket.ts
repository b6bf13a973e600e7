import { readFile } from 'node:fs/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** The cluster's bucket as its machines use it: through the AWS SDK, at the sandbox's endpoint. */
export class ClusterBucket {
  private s3: S3Client;

  constructor(
    aws: { endpointUrl: string; region: string },
    private bucket: string,
    /** Folder of the cluster, `k8s/<cluster>`. */
    private prefix: string,
  ) {
    this.s3 = new S3Client({
      endpoint: aws.endpointUrl,
      region: aws.region,
      forcePathStyle: true,
      credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
      maxAttempts: 2,
    });
  }

  /** Contents of an object; undefined where there is none. */
  async read(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: `${this.prefix}/${key}` }));
      return await Body?.transformToString();
    } catch (error) {
      if (
        (error as { name?: string }).name === 'NoSuchKey' ||
        (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404
      )
        return undefined;
      throw error;
    }
  }

  /** Stores an object, encrypted with KMS as the bucket's policy wants. */
  async write(key: string, content: string | Buffer): Promise<void> {
    await this.s3.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: `${this.prefix}/${key}`,
        Body: content,
        ServerSideEncryption: 'aws:kms',
      }),
    );
  }

  async writeFile(key: string, file: string): Promise<void> {
    await this.write(key, await readFile(file));
  }

  close(): void {
    this.s3.destroy();
  }
}
