import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AttachVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { parse } from 'yaml';
import { pause } from '../kubernetes/collection.ts';
import { ClusterBucket } from './bucket.ts';
import { fillPlaceholders, withCertificateNames } from './cloud-config.ts';
import type { Instance } from './instance.ts';
import { isFirst, type Membership, settleMembership } from './membership.ts';
import { registerNode } from './node.ts';
import { sharedPkiFiles } from './pki.ts';

/** Steps of a machine's boot that the sandbox does itself: what /usr/local/lib/kubezero/<name> does on a real machine. */
export type StandIn = (instance: Instance) => Promise<void>;

export const standIns: Record<string, StandIn> = {
  'etcd-volume': attachEtcdVolume,
  pki: sharePki,
  configure,
  'wait-for-api': waitForApi,
  register,
  coredns,
};

/** Attaches the etcd volume by its id, and formats it once. The machine before may still hold it for a moment. */
async function attachEtcdVolume(instance: Instance): Promise<void> {
  const { config, surroundings, machine } = instance;
  const volumeId = config?.etcdVolumeId;
  if (!volumeId) throw new Error('/etc/kubezero/node.yaml: etcdVolumeId is missing');
  const ec2 = new EC2Client({
    endpoint: surroundings.aws.endpointUrl,
    region: surroundings.aws.region,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  });
  try {
    for (;;) {
      instance.power.signal.throwIfAborted();
      try {
        await ec2.send(
          new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: machine.instanceId, Device: '/dev/xvdx' }),
        );
        break;
      } catch (error) {
        instance.log(`volume ${volumeId} can't be attached yet: ${(error as Error).message}`);
        await pause(500);
      }
    }
  } finally {
    ec2.destroy();
  }
  const volume = join(surroundings.directory.volumes, volumeId);
  mkdirSync(volume, { recursive: true, mode: 0o700 });
  // etcd insists on it, and a volume may have been put there by hand.
  chmodSync(volume, 0o700);
  instance.volume = volume;
}

/** The folder of the machine's cluster in its backup bucket. */
export function clusterBucket(instance: Instance): ClusterBucket {
  const { config, surroundings } = instance;
  if (!config?.backupBucket) throw new Error('/etc/kubezero/node.yaml: backupBucket is missing');
  return new ClusterBucket(surroundings.aws, config.backupBucket, `k8s/${config.cluster}`);
}

/** CAs and service account keys: the first controller stores them in the cluster's bucket, every one takes them from there. */
async function sharePki(instance: Instance): Promise<void> {
  const bucket = clusterBucket(instance);
  const target = join(instance.root, 'etc/kubernetes/pki');
  try {
    // Written last, so that a half-done copy doesn't count.
    const mark = 'pki/complete';
    if (isFirst(instance) && (await bucket.read(mark)) === undefined) {
      for (const file of sharedPkiFiles)
        await bucket.writeFile(`pki/${file}`, join(instance.surroundings.directory.pki, file));
      await bucket.write(mark, `${instance.nodeName}\n`);
      instance.log('cluster PKI stored in the bucket');
    }
    while ((await bucket.read(mark)) === undefined) {
      instance.power.signal.throwIfAborted();
      await pause(500);
    }
    await Promise.all(
      sharedPkiFiles.map(async (file) => {
        const content = await bucket.read(`pki/${file}`);
        mkdirSync(dirname(join(target, file)), { recursive: true });
        writeFileSync(join(target, file), content ?? '', { mode: 0o600 });
      }),
    );
  } finally {
    bucket.close();
  }
}

/** Fills in what a machine only knows once it runs: its address and id, and how its etcd member starts. */
async function configure(instance: Instance): Promise<void> {
  const { machine, surroundings, placeholders } = instance;
  Object.assign(placeholders, {
    ADDRESS: machine.privateIp,
    NODE_NAME: instance.nodeName,
    PROVIDER_ID: instance.providerId,
    INSTANCE_ID: machine.instanceId,
    ZONE: machine.zone,
    ETCD_VOLUME_ID: instance.config?.etcdVolumeId ?? '',
  });
  if (instance.isController) {
    // Others join once this member has started, or this machine is gone.
    const release = await surroundings.etcdJoin.acquire();
    instance.power.signal.addEventListener('abort', release, { once: true });
    instance.power.signal.throwIfAborted();
    instance.onEtcdReady = release;
    const membership = await settleMembership(instance);
    Object.assign(placeholders, {
      ETCD_VOLUME_ID: instance.config?.etcdVolumeId ?? '',
      ETCD_INITIAL_CLUSTER: membership.initialCluster,
      ETCD_CLUSTER_STATE: membership.state,
      ETCD_SERVERS: clientUrls(membership, machine.privateIp),
    });
  } else {
    placeholders.JOIN_TOKEN = await joinToken(instance);
  }
  for (const file of configurationFiles(instance.root)) {
    writeFileSync(file, localize(instance, file, readFileSync(file, 'utf8')));
  }
}

/** Client URLs of the members that were there when this one started, its own first. */
function clientUrls({ initialCluster }: Membership, own: string): string {
  const others = [...initialCluster.matchAll(/https:\/\/([\d.]+):2380/g)]
    .map(([, address = '']) => address)
    .filter((address) => address !== own);
  return [own, ...others].map((address) => `https://${address}:2379`).join(',');
}

/** Waits for the token that the controllers publish for workers. */
async function joinToken(instance: Instance): Promise<string> {
  const bucket = clusterBucket(instance);
  try {
    for (;;) {
      instance.power.signal.throwIfAborted();
      const token = await bucket.read('join-token').catch(() => undefined);
      if (token) return token.trim();
      await pause(500);
    }
  } finally {
    bucket.close();
  }
}

/** Fills in a configuration file of a machine and makes it fit this one. */
export function localize(instance: Instance, file: string, text: string): string {
  const filled = fillPlaceholders(text, instance.placeholders);
  if (file.endsWith('kubeadm.yaml')) return withCertificateNames(filled, [instance.loopback]);
  // Files that an API server reads by absolute path, from files that it was given.
  if (file.includes('/etc/kubernetes/apiserver/'))
    return filled.replaceAll(/(?<=\s|["'])\/etc\/kubernetes\//g, `${instance.root}/etc/kubernetes/`);
  return filled;
}

function configurationFiles(root: string): string[] {
  const found: string[] = [];
  const visit = (directory: string) => {
    if (!existsSync(directory)) return;
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (statSync(path).isDirectory()) {
        if (name !== 'pki' && name !== 'manifests') visit(path);
      } else if (/\.(ya?ml|json|conf|env)$/.test(name)) found.push(path);
    }
  };
  visit(join(root, 'etc'));
  return found;
}

/** Waits until this machine's own API server is ready. */
async function waitForApi(instance: Instance): Promise<void> {
  await instance.kubelet?.ready('kube-apiserver');
}

async function register(instance: Instance): Promise<void> {
  const node = await registerNode(instance, readFileSync(join(instance.root, 'etc/kubernetes/kubeadm.yaml'), 'utf8'));
  instance.kubelet?.showOn(node);
  await publish(instance);
}

/** Patches CoreDNS, which kubeadm's addon phase has set back. */
async function coredns(instance: Instance): Promise<void> {
  await patchCoreDns(instance, readFileSync(join(instance.root, 'etc/kubezero/coredns.yaml'), 'utf8'));
}

/** `kubectl patch deployment coredns` with a patch of the machine's. */
export async function patchCoreDns(instance: Instance, patch: string): Promise<void> {
  const path = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';
  await instance.surroundings.client.patch(path, parse(patch), 'strategic-merge-patch');
}

/** What workers join with, and the documents that AWS checks service account tokens against, go to the bucket. */
async function publish(instance: Instance): Promise<void> {
  const { client, kubeadm } = instance.surroundings;
  const bucket = clusterBucket(instance);
  try {
    const token = await kubeadm(
      instance.config?.kubernetesVersion ?? '',
      instance.root,
      ['token', 'create', '--ttl', '3h'],
      instance.power.signal,
    );
    await bucket.write('join-token', `${token}\n`);
    for (const document of ['.well-known/openid-configuration', 'openid/v1/jwks']) {
      await bucket.write(document, JSON.stringify(await client.get(`/${document}`)));
    }
  } finally {
    bucket.close();
  }
}

/** `kubeadm join` of a worker, whose outcome is the registration of its kubelet: waits for the API, then registers. */
export async function joinWorker(instance: Instance, configFile: string): Promise<void> {
  const { proxy } = instance.surroundings;
  while (proxy.healthy.length === 0) {
    instance.power.signal.throwIfAborted();
    await pause(300);
  }
  const file = join(instance.root, configFile);
  await registerNode(instance, existsSync(file) ? readFileSync(file, 'utf8') : '');
}
