import type { KubernetesObject } from '../definition.ts';
import type { EfsVolume, StorageValues } from './schema.ts';

/** Storage classes, snapshot classes and volumes that are KubeZero's own, for the drivers that are enabled. */
export function volumes(values: StorageValues, labels: Record<string, string>): KubernetesObject[] {
  const efs = values['aws-efs-csi-driver'];
  const lvm = values['lvm-localpv'];
  return [
    ...(values['aws-ebs-csi-driver'].enabled ? [snapshotClass('csi-aws-ebs', 'ebs.csi.aws.com')] : []),
    ...(efs.enabled ? (efs.PersistentVolumes ?? []).map(efsVolume) : []),
    ...(lvm.enabled
      ? [lvmStorageClass(lvm.storageClass), snapshotClass('lvmpv-snapclass', 'local.csi.openebs.io')]
      : []),
  ].map((object) => ({ ...object, metadata: { ...object.metadata, labels } }));
}

/** A volume of an EFS file system that is there already. Unlike KubeZero's, it is mounted with its options. */
function efsVolume({ name, volumeHandle, volumeAttributes, claimRef, mountOptions }: EfsVolume): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      // EFS grows by itself; Kubernetes wants a size.
      capacity: { storage: '5Gi' },
      volumeMode: 'Filesystem',
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'efs-sc',
      ...(mountOptions ? { mountOptions } : {}),
      csi: { driver: 'efs.csi.aws.com', volumeHandle, ...(volumeAttributes ? { volumeAttributes } : {}) },
      ...(claimRef ? { claimRef } : {}),
    },
  };
}

function snapshotClass(name: string, driver: string): KubernetesObject {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name },
    driver,
    deletionPolicy: 'Delete',
  };
}

function lvmStorageClass(values: StorageValues['lvm-localpv']['storageClass']): KubernetesObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'openebs-lvm',
      ...(values.default ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}),
    },
    provisioner: 'local.csi.openebs.io',
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: 'Delete',
    parameters: { storage: 'lvm', vgpattern: values.vgpattern || 'openebs.*', fsType: 'xfs' },
  };
}
