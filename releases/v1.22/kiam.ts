import type { AbandonedComponent, NamedObject } from '../upgrade.ts';

/**
 * Kiam handed out IAM roles to pods; service accounts have roles of their own now. An annotation alone, with no Kiam in
 * the cluster, has no effect and is no use of it (the 1.21 Elasticsearch pods still carry one).
 */
export const kiam: AbandonedComponent = {
  name: 'Kiam',
  labels: { app: 'kiam', 'app.kubernetes.io/name': 'kiam' },
  usedBy: { annotation: 'iam.amazonaws.com/role', value: 'role' },
};

/** What is left of it where it was deployed: its workloads, services and access rules. */
export const kiamLeftOvers: NamedObject[] = ['kiam-agent', 'kiam-server'].flatMap((name) =>
  (['DaemonSet', 'Deployment', 'Service', 'ServiceAccount'] as const).map((kind) => ({
    kind,
    namespace: 'kube-system',
    name,
  })),
);
