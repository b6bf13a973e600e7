import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { initPhase } from './phases.ts';
import type { Step } from './step.ts';

const system = '/api/v1/namespaces/kube-system';
const apps = '/apis/apps/v1/namespaces/kube-system';
const coreDns = `${apps}/deployments/coredns`;
const roleBindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/rolebindings';
/** Says that kubeadm has just made CoreDNS with its own defaults. */
const patchMark = 'kubezero/patch';

/** What a new cluster has none of. What is there stays: it may be of a later release than this machine. */
export const cluster: Step = async (instance) => {
  const { client } = instance.surroundings;
  // An error ends the step: it isn't absence.
  const lacks = async (path: string) => (await client.find(path)) === undefined;
  if (await lacks(`${system}/configmaps/kubeadm-config`)) {
    instance.log('storing the configuration of the cluster');
    await initPhase(instance, 'upload-config', 'kubelet');
    await initPhase(instance, 'upload-config', 'kubeadm');
  }
  if (
    (await lacks('/api/v1/namespaces/kube-public/configmaps/cluster-info')) ||
    (await lacks(`${roleBindings}/kubeadm:bootstrap-signer-clusterinfo`))
  )
    await initPhase(instance, 'bootstrap-token');
  if (await lacks(`${apps}/daemonsets/kube-proxy`)) await initPhase(instance, 'addon', 'kube-proxy');
  if (await lacks(coreDns)) {
    await initPhase(instance, 'addon', 'coredns');
    await client.patch(coreDns, { metadata: { annotations: { [patchMark]: 'pending' } } });
  }
  if ((await client.get(coreDns)).metadata.annotations?.[patchMark] === 'pending') {
    const patch = parse(readFileSync(instance.path('/etc/kubezero/coredns.yaml'), 'utf8'));
    await client.patch(coreDns, patch, 'strategic-merge-patch');
    await client.patch(coreDns, { metadata: { annotations: { [patchMark]: null } } });
  }
};
