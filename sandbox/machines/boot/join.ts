import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Instance } from '../instance.ts';
import { nodeRegistration } from '../kubeadm.ts';
import { withBucket } from './aws.ts';
import { render } from './configure.ts';
import { fetchJoinCredentials } from './credentials.ts';
import { mark, note, type Step, waitFor, writeWhole } from './step.ts';

const joined = '/etc/kubezero/joined';
const joinConfiguration = '/etc/kubernetes/join.yaml';

/** A worker becomes a node of the cluster, once in its life. */
export const join: Step = async (instance) => {
  render(instance, '/etc/kubezero/node.yaml');
  if (existsSync(instance.path(joined))) return;
  let token: string | undefined;
  await waitFor(instance, 120, 'the controllers to publish pki/ca.crt and join-token', async () => {
    const authority = await withBucket(instance, (bucket) => bucket.read('pki/ca.crt'));
    token = await fetchJoinCredentials(instance);
    if (authority) writeWhole(instance.path('/etc/kubernetes/pki/ca.crt'), authority);
    return Boolean(authority && token);
  });
  note(instance, { JOIN_TOKEN: token ?? '' });
  render(instance, joinConfiguration);
  mark(instance, 'ready');
  await kubeadmJoin(instance, token ?? '');
  writeWhole(instance.path(joined), '');
  rmSync(instance.path(joinConfiguration));
  instance.log(`joined the cluster as ${instance.nodeName}`);
};

/**
 * What `kubeadm join` asks of the cluster with its token before it starts the kubelet, and what it leaves on the machine: the
 * kubelet's flags. It refuses what the real one refuses.
 */
async function kubeadmJoin(instance: Instance, token: string): Promise<void> {
  const { client } = instance.surroundings;
  const [id = '', secret = ''] = token.split('.');
  const stored = await client.find(`/api/v1/namespaces/kube-system/secrets/bootstrap-token-${id}`);
  const decode = (name: string) => Buffer.from(stored?.data?.[name] ?? '', 'base64').toString();
  const expires = decode('expiration');
  if (decode('token-secret') !== secret || (expires && Date.parse(expires) < Date.now()))
    throw new Error('kubeadm join failed: Unauthorized: the join token is unknown to the cluster, or has expired');
  const configMap = async (name: string) => {
    const found = await client.find(`/api/v1/namespaces/kube-system/configmaps/${name}`);
    if (!found) throw new Error(`kubeadm join failed: configmaps "${name}" not found`);
    return found;
  };
  // The kubelet's is that of the cluster's version, whatever the machine's is.
  const { data } = await configMap('kubeadm-config');
  const minor = /^kubernetesVersion: v?(\d+\.\d+)/m.exec(data?.ClusterConfiguration ?? '')?.[1];
  await configMap(`kubelet-config-${minor ?? instance.kubeletMinor}`);
  const present = await client.find(`/api/v1/nodes/${instance.nodeName}`);
  const isReady = present?.status?.conditions?.some(
    ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
  );
  if (isReady)
    throw new Error(
      `kubeadm join failed: a Node with name "${instance.nodeName}" and status "Ready" already exists in the cluster`,
    );
  const { flags, taints } = nodeRegistration(readFileSync(instance.path(joinConfiguration), 'utf8'));
  const register = taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`).join(',');
  const all = { ...flags, ...(register ? { 'register-with-taints': register } : {}) };
  const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
  writeWhole(instance.path('/var/lib/kubelet/kubeadm-flags.env'), `KUBELET_KUBEADM_ARGS="${args.join(' ')}"\n`);
}
