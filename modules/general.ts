import { z } from 'zod';
import { before } from '../releases/range.ts';
import type { Release } from '../releases/release.ts';
import type { RefusedKey } from './definition.ts';
import { passthrough, section } from './schema.ts';

const inCluster = 'https://kubernetes.default.svc';

export const generalKeys = ['HighAvailableControlplane', 'ClusterName', 'kubezero'];

/** Keys of application.yaml that belong to no module. */
export const generalValues = (release: Release) =>
  section({
    HighAvailableControlplane: z
      .boolean()
      .default(false)
      .describe('Two replicas, on different machines, of what runs on the controllers; disruption budgets for Istio.'),
    ClusterName: z
      .string()
      .optional()
      .describe('Name that volumes on EBS are tagged with; default: the environment’s.'),
    kubezero: section({
      server: z
        .literal(inCluster, { error: `expected ${inCluster}: ArgoCD delivers to the cluster that it runs in` })
        .default(inCluster)
        .describe('API server that ArgoCD delivers to.'),
      repoURL: z
        .string()
        .default('https://cdn.zero-downtime.net/charts')
        .describe('Helm repository that the ArgoCD project `kubezero` may deliver from.'),
      syncPolicy: passthrough.optional().describe('`syncPolicy` of the ArgoCD Applications.'),
      gitSync: section({
        repoURL: z.string().optional().describe('Repository; without it there is no `kubezero-git-sync`.'),
        targetRevision: z.string().optional().describe('Branch, tag or commit; default: the repository’s head.'),
        path: z.string().optional().describe('Folder, with everything below it.'),
      })
        .prefault({})
        .describe('Source of the ArgoCD Application `kubezero-git-sync`, which delivers what a git repository holds.'),
    })
      .prefault({})
      .describe('About ArgoCD, which is delivered to by the module `argocd`.'),
    ...(before(release, '1.22')
      ? { kiam: passthrough.optional().describe('Accepted, and not deployed; `kubezero migrate` takes it away.') }
      : {}),
  });

export const refusedGeneralKeys: RefusedKey[] = [
  { key: 'kubezero.targetRevision', why: 'has no place here: a release pins the version of each module' },
  {
    key: 'kubezero.defaultTargetRevision',
    why: 'has no effect in KubeZero either: a release pins each module’s version',
  },
  {
    key: 'kiam',
    why: 'was removed in 1.22: its users need roles for service accounts; `kubezero migrate` takes the key away',
    since: '1.22',
  },
];
