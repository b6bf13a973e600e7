import type { Release } from '../../releases/release.ts';
import { paths } from './cluster.ts';
import type { MachineFile } from './machine-file.ts';
import { toYaml } from './yaml.ts';

/** Resource requests of the static pods: kubeadm's own know nothing of the machine they share with others. */
export function staticPodPatches({ machines }: Release): MachineFile[] {
  const requests: Record<string, Record<string, string>> = {
    'kube-apiserver': { cpu: '200m', memory: '1Gi' },
    'kube-controller-manager': { cpu: '100m', memory: '128Mi' },
    'kube-scheduler': { cpu: '100m', memory: '64Mi' },
    etcd: { cpu: '200m', memory: '192Mi', ...machines.etcdRequests },
  };
  return Object.entries(requests).map(([component, request]) => ({
    path: `${paths.patches}/${component}+strategic.yaml`,
    content: toYaml({ spec: { containers: [{ name: component, resources: { requests: request } }] } }),
  }));
}
