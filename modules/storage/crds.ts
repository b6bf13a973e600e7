import { openCrd } from '../crd.ts';
import type { KubernetesObject } from '../definition.ts';

// v1beta1 stays the stored version, as in both KubeZero releases: the CSI snapshotters they ship still write it.
const versions = [
  { name: 'v1', served: true, storage: false },
  { name: 'v1beta1', served: true, storage: true },
];
// The API server lets only approved definitions into *.k8s.io groups.
const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-csi/external-snapshotter/pull/419' };
const group = 'snapshot.storage.k8s.io';

/** Volume snapshots, as of external-snapshotter v4. */
export const snapshotCrds: KubernetesObject[] = [
  openCrd({
    group,
    kind: 'VolumeSnapshotClass',
    plural: 'volumesnapshotclasses',
    scope: 'Cluster',
    versions,
    annotations,
  }),
  openCrd({
    group,
    kind: 'VolumeSnapshotContent',
    plural: 'volumesnapshotcontents',
    scope: 'Cluster',
    status: true,
    versions,
    annotations,
  }),
  openCrd({ group, kind: 'VolumeSnapshot', plural: 'volumesnapshots', status: true, versions, annotations }),
];
