import { z } from 'zod';
import { s3 } from './clients.ts';
import { callAws } from './failure.ts';
import { readObject } from './objects.ts';

/** A backup of a cluster, as `latest.json` in the backup bucket names it. */
export interface Backup {
  /** When it was made, by the clock of the controller. Absent, like what follows, where the manifest says nothing. */
  time?: Date;
  cluster?: string;
  /** Revision of etcd that the snapshot is at. */
  revision?: number;
  /** What keeps it from being one, a line each: a manifest that is none, objects that are missing or not as they were stored. */
  problems: string[];
}

/** What the script of the backup writes (modules/addons/cluster-backup.sh). */
const manifestSchema = z.object({
  format: z.literal(1),
  time: z.iso.datetime(),
  cluster: z.string(),
  etcd: z.object({ revision: z.number() }),
  objects: z.array(z.object({ key: z.string(), size: z.number() })).min(1),
});

/**
 * The newest backup in a folder of the bucket, its objects looked at; undefined where there is provably none.
 * @param folder e.g. `k8s/demo/clusterBackup`
 * @throws UserError where the bucket can't be read
 */
export async function latestBackup(bucket: string, folder: string): Promise<Backup | undefined> {
  const key = `${folder}/latest.json`;
  const text = await readObject({ bucket, key });
  if (text === undefined) return undefined;
  const manifest = parseManifest(text);
  if (typeof manifest === 'string')
    return { problems: [`s3://${bucket}/${key} is no manifest of a backup: ${manifest}`] };
  const { time, cluster, etcd, objects } = manifest;
  const sizes = await objectSizes(bucket, `${folder}/${time}/`);
  const problems = objects.flatMap((object) => {
    const size = sizes.get(object.key);
    if (size === undefined) return [`s3://${bucket}/${object.key} is missing`];
    return size === object.size ? [] : [`s3://${bucket}/${object.key} has ${size} bytes, not ${object.size}`];
  });
  if (!objects.some((object) => object.key === `${folder}/${time}/etcd.db`))
    problems.push(`s3://${bucket}/${key} names no snapshot of etcd`);
  return { time: new Date(time), cluster, revision: etcd.revision, problems };
}

/** The manifest, or what is wrong with it. */
function parseManifest(text: string): z.infer<typeof manifestSchema> | string {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  const { data, error } = manifestSchema.safeParse(content);
  const [issue] = error?.issues ?? [];
  return data ?? `${issue?.path.join('.')}: ${issue?.message}`;
}

/** Bytes of every object below a prefix, by key. */
async function objectSizes(bucket: string, prefix: string): Promise<Map<string, number>> {
  const [client, { paginateListObjectsV2 }] = await Promise.all([s3(), import('@aws-sdk/client-s3')]);
  return callAws('s3:ListBucket', `s3://${bucket}/${prefix}`, async () => {
    const sizes = new Map<string, number>();
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
      for (const { Key = '', Size = 0 } of Contents) sizes.set(Key, Size);
    return sizes;
  });
}
