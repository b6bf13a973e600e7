import { type CrdColumn, openCrd } from '../crd.ts';
import type { KubernetesObject } from '../definition.ts';

const text = { type: 'string' };
const texts = (...names: string[]) => Object.fromEntries(names.map((name) => [name, text]));
const object = (properties: object, required?: string[]) => ({
  type: 'object',
  properties,
  ...(required ? { required } : {}),
});
const time = { type: 'string', format: 'date-time' };
const bytes = { type: 'integer', format: 'int64' };
const policy = { type: 'string', enum: ['Delete', 'Retain'] };
const error = object({ message: text, time });
const age: CrdColumn = ['Age', 'date', '.metadata.creationTimestamp'];

/** v1 insists on exactly one of the sources, which v1beta1 left to a webhook. */
function source(v1: boolean, ...kinds: string[]) {
  return { ...object(texts(...kinds)), ...(v1 ? { oneOf: kinds.map((kind) => ({ required: [kind] })) } : {}) };
}

const kubernetesObject = (properties: object, required: string[]) =>
  object({ ...texts('apiVersion', 'kind'), ...properties }, required);

const classSchema = kubernetesObject(
  {
    deletionPolicy: policy,
    driver: text,
    parameters: { type: 'object', additionalProperties: text },
  },
  ['deletionPolicy', 'driver'],
);

function contentSchema(v1: boolean) {
  return kubernetesObject(
    {
      spec: object(
        {
          deletionPolicy: policy,
          driver: text,
          source: source(v1, 'snapshotHandle', 'volumeHandle'),
          volumeSnapshotClassName: text,
          volumeSnapshotRef: object(
            texts('apiVersion', 'fieldPath', 'kind', 'name', 'namespace', 'resourceVersion', 'uid'),
          ),
        },
        ['deletionPolicy', 'driver', 'source', 'volumeSnapshotRef'],
      ),
      status: object({
        creationTime: bytes,
        error,
        readyToUse: { type: 'boolean' },
        restoreSize: { ...bytes, minimum: 0 },
        snapshotHandle: text,
      }),
    },
    ['spec'],
  );
}

function snapshotSchema(v1: boolean) {
  return kubernetesObject(
    {
      spec: object(
        {
          source: source(v1, 'persistentVolumeClaimName', 'volumeSnapshotContentName'),
          volumeSnapshotClassName: text,
        },
        ['source'],
      ),
      status: object({
        boundVolumeSnapshotContentName: text,
        creationTime: time,
        error,
        readyToUse: { type: 'boolean' },
        // A Kubernetes quantity, such as 16Gi.
        restoreSize: { 'x-kubernetes-int-or-string': true },
      }),
    },
    ['spec'],
  );
}

// v1beta1 stays the stored version, as in both KubeZero releases: the CSI snapshotters they ship still write it.
const versions = (schema: (v1: boolean) => object, columns: CrdColumn[]) => [
  { name: 'v1', served: true, storage: false, schema: schema(true), columns },
  { name: 'v1beta1', served: true, storage: true, schema: schema(false), columns },
];

const common = {
  group: 'snapshot.storage.k8s.io',
  // The API server lets only approved definitions into *.k8s.io groups.
  annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-csi/external-snapshotter/pull/419' },
};

/** Volume snapshots, as of external-snapshotter v4. */
export const snapshotCrds: KubernetesObject[] = [
  openCrd({
    ...common,
    kind: 'VolumeSnapshotClass',
    plural: 'volumesnapshotclasses',
    scope: 'Cluster',
    versions: versions(
      () => classSchema,
      [['Driver', 'string', '.driver'], ['DeletionPolicy', 'string', '.deletionPolicy'], age],
    ),
  }),
  openCrd({
    ...common,
    kind: 'VolumeSnapshotContent',
    plural: 'volumesnapshotcontents',
    scope: 'Cluster',
    status: true,
    versions: versions(contentSchema, [
      ['ReadyToUse', 'boolean', '.status.readyToUse'],
      ['RestoreSize', 'integer', '.status.restoreSize'],
      ['DeletionPolicy', 'string', '.spec.deletionPolicy'],
      ['Driver', 'string', '.spec.driver'],
      ['VolumeSnapshotClass', 'string', '.spec.volumeSnapshotClassName'],
      ['VolumeSnapshot', 'string', '.spec.volumeSnapshotRef.name'],
      age,
    ]),
  }),
  openCrd({
    ...common,
    kind: 'VolumeSnapshot',
    plural: 'volumesnapshots',
    status: true,
    versions: versions(snapshotSchema, [
      ['ReadyToUse', 'boolean', '.status.readyToUse'],
      ['SourcePVC', 'string', '.spec.source.persistentVolumeClaimName'],
      ['SourceSnapshotContent', 'string', '.spec.source.volumeSnapshotContentName'],
      ['RestoreSize', 'string', '.status.restoreSize'],
      ['SnapshotClass', 'string', '.spec.volumeSnapshotClassName'],
      ['SnapshotContent', 'string', '.status.boundVolumeSnapshotContentName'],
      ['CreationTime', 'date', '.status.creationTime'],
      age,
    ]),
  }),
];

/**
 * gemini's schedules. Its controller makes this definition when it starts and finds it made just as well; made here,
 * schedules can be applied before it has started.
 */
export const snapshotGroupCrd: KubernetesObject = openCrd({
  group: 'gemini.fairwinds.com',
  kind: 'SnapshotGroup',
  plural: 'snapshotgroups',
  versions: [{ name: 'v1beta1', storage: true }],
});
