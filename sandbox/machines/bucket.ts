import { readFile } from 'node:fs/promises';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

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

  /** Contents of an object; undefined where there provably is none. */
  async read(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: `${this.prefix}/${key}` }));
      return await Body?.transformToString();
    } catch (error) {
      if ((error as { name?: string }).name === 'NoSuchKey') return undefined;
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

  /** Stores an object where there is none; false where there is one. */
  async create(key: string, content: string): Promise<boolean> {
    try {
      const object = { Bucket: this.bucket, Key: `${this.prefix}/${key}`, Body: content };
      await this.s3.send(new PutObjectCommand({ ...object, ServerSideEncryption: 'aws:kms', IfNoneMatch: '*' }));
      return true;
    } catch (error) {
      if ((error as { name?: string }).name === 'PreconditionFailed') return false;
      throw error;
    }
  }

  /** Keys in the cluster's folder. */
  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(
      new ListObjectsV2Command({ Bucket: this.bucket, Prefix: `${this.prefix}/` }),
    );
    return Contents.map(({ Key = '' }) => Key.slice(this.prefix.length + 1));
  }

  /** `s3://<bucket>/<folder>/<key>`, for messages. */
  url(key = ''): string {
    return `s3://${this.bucket}/${this.prefix}/${key}`;
  }

  async writeFile(key: string, file: string): Promise<void> {
    await this.write(key, await readFile(file));
  }

  close(): void {
    this.s3.destroy();
  }
}
