import { createHash } from 'node:crypto';
import { podVolumes } from '../directory.ts';
import type { ApiObject } from '../kubernetes/client.ts';
import type { PodQuery } from '../kubernetes/readiness.ts';
import { readyPods } from '../kubernetes/readiness.ts';
import { type Effect, type EffectContext, objectPath, patchStatus } from './effects.ts';

/** CSI drivers there are provisioners for, and the pods those run in. */
const drivers: Record<string, PodQuery> = {
  'ebs.csi.aws.com': { namePrefix: 'ebs-csi-controller' },
  'efs.csi.aws.com': { namePrefix: 'efs-csi-controller' },
  'local.csi.openebs.io': { namePrefix: 'openebs-lvm-controller' },
};

/** CSI provisioners: a volume for each claim that waits for one, in the zone of the node that the scheduler chose. */
const claims: Effect = {
  name: 'csi-provisioner',
  resource: { group: '', version: 'v1', plural: 'persistentvolumeclaims' },
  async reconcile(claim, context) {
    const { metadata, spec, status } = claim;
    if (status?.phase !== 'Pending' || spec.volumeName || !spec.storageClassName) return undefined;
    const storageClass = await context.client.find(`/apis/storage.k8s.io/v1/storageclasses/${spec.storageClassName}`);
    const provisioner = drivers[storageClass?.provisioner];
    if (!storageClass || !provisioner) return undefined;
    const nodeName = metadata.annotations?.['volume.kubernetes.io/selected-node'];
    // The claim changes when the scheduler has chosen; a provisioner that is down is looked for again.
    if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !nodeName) return undefined;
    if (readyPods(context.view.pods, provisioner).length === 0) return 'waiting';
    await context.client.ensure('/api/v1/persistentvolumes', volume(claim, storageClass, nodeName, context));
    return undefined;
  },
};

function volume(
  claim: ApiObject,
  storageClass: ApiObject,
  nodeName: string | undefined,
  { machines, view }: EffectContext,
): ApiObject {
  const { metadata, spec } = claim;
  const driver = String(storageClass.provisioner);
  const labels = nodeName ? view.nodes.get(undefined, nodeName)?.metadata.labels : undefined;
  // A disk of the machine stays with the machine, an EBS volume with its zone.
  const key = driver === 'local.csi.openebs.io' ? 'kubernetes.io/hostname' : 'topology.kubernetes.io/zone';
  const place = driver === 'efs.csi.aws.com' ? undefined : labels?.[key];
  const id = createHash('sha256')
    .update(metadata.uid ?? metadata.name)
    .digest('hex')
    .slice(0, 17);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${metadata.uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': driver } },
    spec: {
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources?.requests?.storage ?? '1Gi' },
      ...(machines === 'real'
        ? // No driver runs there; a directory that all machines share stands for the disk.
          { hostPath: { path: `${podVolumes}/vol-${id}`, type: 'DirectoryOrCreate' } }
        : {
            csi: {
              driver,
              volumeHandle: `vol-${id}`,
              fsType: storageClass.parameters?.['csi.storage.k8s.io/fstype'] ?? 'xfs',
            },
          }),
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: metadata.name,
        namespace: metadata.namespace,
        uid: metadata.uid,
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: spec.storageClassName,
      volumeMode: spec.volumeMode ?? 'Filesystem',
      ...(place
        ? {
            nodeAffinity: {
              required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [place] }] }] },
            },
          }
        : {}),
    },
  };
}

/** Volumes whose claim is gone are deleted, where their class says so. */
const volumes: Effect = {
  name: 'csi-provisioner',
  resource: { group: '', version: 'v1', plural: 'persistentvolumes' },
  async reconcile(object, { client }) {
    const { spec, status } = object;
    if (
      status?.phase === 'Released' &&
      spec.persistentVolumeReclaimPolicy === 'Delete' &&
      drivers[spec.csi?.driver ?? object.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] ?? '']
    ) {
      await client.delete(objectPath(this.resource, object));
    }
    return undefined;
  },
};

/** CSI attachers: what is asked to be attached is. */
const attachments: Effect = {
  name: 'csi-attacher',
  resource: { group: 'storage.k8s.io', version: 'v1', plural: 'volumeattachments' },
  async reconcile(object, { client, view }) {
    const attacher = drivers[object.spec?.attacher];
    if (!attacher || object.status?.attached) return undefined;
    if (readyPods(view.pods, attacher).length === 0) return 'waiting';
    await patchStatus(client, objectPath(this.resource, object), { attached: true });
    return undefined;
  },
};

export const storageEffects: Effect[] = [claims, volumes, attachments];
