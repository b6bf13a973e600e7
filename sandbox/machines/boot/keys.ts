import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createAuthority } from '../../../certificates/index.ts';
import type { ClusterBucket } from '../bucket.ts';
import type { Instance } from '../instance.ts';
import { sharedPkiFiles } from '../pki.ts';
import { readObject, recordValues, withBucket } from './aws.ts';
import { readIfThere, type Step, writeWhole } from './step.ts';

const pki = '/etc/kubernetes/pki';
const shared = 'pki/shared-keys';
const authenticator = ['aws-iam-authenticator.crt', 'aws-iam-authenticator.key'];
const authenticatorKeys = 'pki/aws-iam-authenticator';

/** The keys that all controllers of the cluster share: made once, by the first controller, and never replaced. */
export const keys: Step = (instance) =>
  withBucket(instance, async (bucket) => {
    if (!isWhole(instance.path(pki))) {
      let stored = await readObject(bucket, shared);
      if (stored === undefined) {
        if (existsSync(join(instance.volume ?? '', 'member')))
          throw new Error(
            `${bucket.url(shared)} is gone, volume ${instance.config?.etcdVolumeId} has the data of etcd: a version before it is in the bucket's history`,
          );
        const [first] = instance.config?.controllers ?? [];
        if (instance.nodeName !== first?.nodeName)
          throw new Error(`waiting for ${first?.nodeName} to make the keys of cluster ${instance.config?.cluster}`);
        await make(instance, bucket);
        stored = await readObject(bucket, shared);
        if (stored === undefined) throw new Error(`${bucket.url(shared)} is gone again`);
      }
      const files = unpack(stored);
      if (!sharedPkiFiles.every((name) => files.get(name)))
        throw new Error(`${bucket.url(shared)} is incomplete: a version before it is in the bucket's history`);
      for (const [name, content] of files) writeWhole(instance.path(`${pki}/${name}`), content);
      rmSync(foundingKeys(instance), { recursive: true, force: true });
    }
    if (instance.config?.awsIamAuthenticator) await authenticatorCertificate(instance, bucket);
  });

/** On the etcd volume: a boot that is cut off goes on with the same ones. */
function foundingKeys({ volume }: Instance): string {
  if (!volume) throw new Error('no etcd volume is mounted');
  return join(volume, 'founding-keys');
}

async function make(instance: Instance, bucket: ClusterBucket): Promise<void> {
  const founding = foundingKeys(instance);
  if (!isWhole(founding)) {
    await refuseOthers(instance, bucket);
    instance.log(`making the keys of cluster ${instance.config?.cluster}`);
    for (const name of sharedPkiFiles) {
      mkdirSync(dirname(join(founding, name)), { recursive: true });
      cpSync(join(instance.surroundings.directory.pki, name), join(founding, name));
    }
  }
  const packed = pack(sharedPkiFiles.map((name) => [name, readIfThere(join(founding, name)) ?? '']));
  if (!(await bucket.create(shared, packed))) instance.log('the cluster has keys already: using those');
}

/** Another maker's cluster has things under this name and no keys of ours. */
async function refuseOthers(instance: Instance, bucket: ClusterBucket): Promise<void> {
  const others = (await bucket.keys()).filter((key) => !/^boot(-log)?\//.test(key));
  if (others.length > 0)
    throw new Error(
      `${bucket.url()} holds no keys of this cluster but: ${others.slice(0, 5).join(' ')} - it is another cluster's. Nothing was written. Give this environment another name, or move those objects away`,
    );
  const host = instance.config?.apiEndpoint.split(':')[0] ?? '';
  const addresses = await recordValues(instance, host, 'A');
  if (addresses.length > 0)
    throw new Error(
      `the DNS record ${host} exists already (${addresses.join(' ')}), and the bucket has no keys of this cluster: it is another cluster's. Nothing was written. Use another domain, or delete that record`,
    );
}

/** It may be switched on at any time: made by whichever controller needs it first. */
async function authenticatorCertificate(instance: Instance, bucket: ClusterBucket): Promise<void> {
  if (readIfThere(instance.path(`${pki}/aws-iam-authenticator.key`))) return;
  let stored = await readObject(bucket, authenticatorKeys);
  if (stored === undefined) {
    const { cert, key } = await createAuthority('aws-iam-authenticator');
    const made = pack(authenticator.map((name) => [name, name.endsWith('.key') ? key : cert]));
    if (!(await bucket.create(authenticatorKeys, made)))
      instance.log('another controller was first: using its certificate');
    stored = await readObject(bucket, authenticatorKeys);
    if (stored === undefined) throw new Error(`${bucket.url(authenticatorKeys)} is gone again`);
  }
  for (const [name, content] of unpack(stored)) writeWhole(instance.path(`${pki}/${name}`), content);
}

function isWhole(directory: string): boolean {
  return sharedPkiFiles.every((name) => (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0) > 0);
}

/** One line a file, its name and its content in base64, so that they are stored all or not at all. */
function pack(files: [name: string, content: string][]): string {
  return files.map(([name, content]) => `${name} ${Buffer.from(content).toString('base64')}\n`).join('');
}

function unpack(text: string): Map<string, string> {
  const lines = text.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [name = '', content = ''] = line.split(' ');
      return [name, Buffer.from(content, 'base64').toString()];
    }),
  );
}
