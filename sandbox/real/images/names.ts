import { releases } from '../../../releases/index.ts';
import type { Release } from '../../../releases/release.ts';

/** What an image is made from. */
export type ImageKind =
  | { kind: 'component'; component: 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'; version: string }
  | { kind: 'kube-proxy'; version: string }
  | { kind: 'etcd' }
  | { kind: 'pause' }
  | { kind: 'admin'; version: string }
  | { kind: 'stand-in' };

/** A name as runtimes ask for it: `docker.io`, `library/redis`, `7`. */
export interface ImageName {
  registry: string;
  repository: string;
  /** Tag or digest. */
  reference: string;
}

/** Where Kubernetes' own images are; the second name came later. */
const kubernetesRegistries = ['k8s.gcr.io', 'registry.k8s.io'];
/** Tags that kubeadm of the releases asks for when nobody names one, and those that their configurations name. */
const etcdTags = Object.values(releases).flatMap(({ etcdImageTag, machines }) => [
  etcdImageTag,
  machines.kubeadm.imageTags.etcd,
]);
/** What kubeadm's of the releases and their runtimes ask for. */
const pauseTags = Object.values(releases).map(({ machines }) => machines.kubeadm.imageTags.pause);

/**
 * Which image is served under a name; undefined: there is none, as a registry says it (a Kubernetes version that isn't in
 * the toolchain; `auto`, which istiod's injector replaces). A digest can't be served but where it is one of ours, since
 * nothing else has it.
 */
export function imageOf({ registry, repository, reference }: ImageName): ImageKind | undefined {
  if (reference.startsWith('sha256:')) return undefined;
  const versions = Object.values(releases).map(({ kubernetesVersion }) => kubernetesVersion);
  const version = versions.find((known) => `v${known}` === reference);
  if (kubernetesRegistries.includes(registry)) {
    switch (repository) {
      case 'kube-apiserver':
      case 'kube-controller-manager':
      case 'kube-scheduler':
        return version ? { kind: 'component', component: repository, version } : undefined;
      case 'kube-proxy':
        return version ? { kind: 'kube-proxy', version } : undefined;
      case 'etcd':
        return etcdTags.includes(reference) ? { kind: 'etcd' } : undefined;
      case 'pause':
        return pauseTags.includes(reference) ? { kind: 'pause' } : undefined;
    }
  }
  if (/(^|\/)kubezero-admin$/.test(repository)) return version ? { kind: 'admin', version } : undefined;
  if (registry === 'docker.io' && repository === 'library/auto') return undefined;
  return { kind: 'stand-in' };
}

/** Tag of the pause image that a release's runtime is set to. */
export function pauseImage({ machines }: Pick<Release, 'machines'>): string {
  return `k8s.gcr.io/pause:${machines.kubeadm.imageTags.pause}`;
}
