import { expect, it, vi } from 'vitest';
import { kubelets, podNetwork } from '../../sandbox/nodes/kubelets.ts';

vi.mock('../../releases/known.ts', async (original) => {
  const { known } = await original<typeof import('../../releases/known.ts')>();
  const later = (id: string, kubernetesVersion: string) => ({ ...known['1.22'], id, kubernetesVersion });
  return { known: { ...known, '1.23': later('1.23', '1.22.8'), '1.24': later('1.24', '1.24.17') } };
});

it('there is a kubelet for every Kubernetes minor version of the releases', () => {
  expect([...kubelets.keys()]).toEqual(['1.21', '1.22', '1.24']);
  expect([...kubelets.values()].map(({ init }) => init)).toEqual(['systemd', 'openrc', 'openrc']);
});

it('each hands addresses out of a part of its own of the pods’ network', () => {
  expect([...kubelets.keys()].map(podNetwork)).toEqual(['10.244.0.1/18', '10.244.64.1/18', '10.244.128.1/18']);
});
