import { type Effect, objectPath, patchStatus } from './effects.ts';

/**
 * ArgoCD's application controller (a Deployment in the 1.21 chart, a StatefulSet in the 1.22 one). Where a repository
 * can be reached without a network (`file://`), the real ArgoCD is run; without one, every Application counts as synced to
 * its target revision, and healthy.
 */
export const argocdEffects: Effect[] = [
  {
    name: 'argocd-application-controller',
    resource: { group: 'argoproj.io', version: 'v1alpha1', plural: 'applications' },
    needs: { labels: { 'app.kubernetes.io/name': 'argocd-application-controller' } },
    async reconcile(object, { client, argocd }) {
      const { spec, status } = object;
      const { source = {}, destination = {} } = spec ?? {};
      if (String(source.repoURL).startsWith('file:')) await argocd.start(object.metadata.namespace ?? 'argocd');
      if (argocd.wanted) return undefined;
      const revision = String(source.targetRevision ?? 'HEAD');
      const synced =
        status?.sync?.status === 'Synced' &&
        status?.health?.status === 'Healthy' &&
        JSON.stringify(status.sync.comparedTo?.source) === JSON.stringify(source);
      if (synced) return undefined;
      const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
      await patchStatus(client, objectPath(this.resource, object), {
        sync: { status: 'Synced', revision, comparedTo: { source, destination } },
        health: { status: 'Healthy' },
        reconciledAt: now,
        operationState: {
          phase: 'Succeeded',
          message: 'successfully synced',
          startedAt: now,
          finishedAt: now,
          operation: { sync: { revision } },
          syncResult: { revision, source },
        },
      });
      return undefined;
    },
  },
];
