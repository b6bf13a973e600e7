import type { KubernetesObject, Values } from '../definition.ts';

/** `kubezero` of application.yaml, as far as ArgoCD's own objects depend on it. */
interface KubeZeroValues {
  repoURL?: string;
  syncPolicy?: Values;
  gitSync?: { repoURL?: string; targetRevision?: string; path?: string };
}

const chartRepository = 'https://cdn.zero-downtime.net/charts';
const server = 'https://kubernetes.default.svc';
const apiVersion = 'argoproj.io/v1alpha1';

/** The project of all KubeZero Applications, and the Application that syncs the cluster's git directory. */
export function gitOps(all: Values, namespace: string): KubernetesObject[] {
  const { repoURL = chartRepository, gitSync, syncPolicy } = (all.kubezero ?? {}) as KubeZeroValues;
  return [
    {
      apiVersion,
      kind: 'AppProject',
      metadata: { name: 'kubezero', namespace },
      spec: {
        description: 'KubeZero - ZeroDownTime Kubernetes Platform',
        sourceRepos: [repoURL, ...(gitSync?.repoURL ? [gitSync.repoURL] : [])],
        destinations: [{ namespace: '*', server }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
    // KubeZero renders it without a repository too, and ArgoCD then reports an error for ever.
    ...(gitSync?.repoURL ? [gitSyncApplication({ ...gitSync, repoURL: gitSync.repoURL }, namespace, syncPolicy)] : []),
  ];
}

function gitSyncApplication(
  { repoURL, targetRevision, path }: { repoURL: string; targetRevision?: string; path?: string },
  namespace: string,
  syncPolicy?: Values,
): KubernetesObject {
  return {
    apiVersion,
    kind: 'Application',
    metadata: { name: 'kubezero-git-sync', namespace },
    spec: {
      project: 'kubezero',
      source: {
        repoURL,
        ...(targetRevision ? { targetRevision } : {}),
        ...(path ? { path } : {}),
        directory: { recurse: true },
      },
      destination: { server, namespace },
      ...(syncPolicy ? { syncPolicy } : {}),
    },
  };
}
