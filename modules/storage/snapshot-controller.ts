import { controlPlane, onePerHost } from '../conventions.ts';
import type { KubernetesObject } from '../definition.ts';
import { bind, role } from '../rbac.ts';

const namespace = 'kube-system';
const name = 'snapshot-controller';

/** The controller that turns VolumeSnapshots into snapshots of whichever CSI driver has the volume. Always there. */
export function snapshotController(labels: Record<string, string>): KubernetesObject[] {
  const snapshot = (resources: string[], verbs: string[]) => ({
    apiGroups: ['snapshot.storage.k8s.io'],
    resources,
    verbs,
  });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...bind(
      role('snapshot-controller-runner', [
        { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'update'] },
        { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch', 'create', 'update', 'patch'] },
        snapshot(['volumesnapshotclasses'], ['get', 'list', 'watch']),
        snapshot(['volumesnapshotcontents'], ['create', 'get', 'list', 'watch', 'update', 'delete']),
        snapshot(['volumesnapshots'], ['get', 'list', 'watch', 'update']),
        snapshot(['volumesnapshots/status'], ['update']),
      ]),
      { name, namespace },
      'snapshot-controller-role',
    ),
    ...bind(
      role(
        'snapshot-controller-leaderelection',
        [
          {
            apiGroups: ['coordination.k8s.io'],
            resources: ['leases'],
            verbs: ['get', 'watch', 'list', 'delete', 'update', 'create'],
          },
        ],
        namespace,
      ),
      { name, namespace },
    ),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, namespace, labels },
      spec: {
        serviceName: name,
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            affinity: onePerHost(name),
            serviceAccountName: name,
            ...controlPlane,
            containers: [
              {
                name,
                image: 'k8s.gcr.io/sig-storage/snapshot-controller:v4.0.0',
                args: ['--v=2'],
                imagePullPolicy: 'IfNotPresent',
                resources: { requests: { memory: '16Mi', cpu: '20m' }, limits: { memory: '64Mi', cpu: '100m' } },
              },
            ],
          },
        },
      },
    },
  ];
}
