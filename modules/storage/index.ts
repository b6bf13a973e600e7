import { z } from 'zod';
import { isEnabled, standardLabels } from '../conventions.ts';
import { type CrdSource, defineModule, type KubernetesObject } from '../definition.ts';
import { moduleKeys, optionalChart, passthrough, section } from '../schema.ts';
import { storageCharts } from './charts.ts';
import { snapshotCrds } from './crds.ts';
import { lvmMonitoring } from './lvm-rules.ts';
import { snapshotController } from './snapshot-controller.ts';

const driver = {
  enabled: z.boolean().default(false),
  IamArn: z.string().default('').describe('Role of the controller; default: the one the infrastructure made.'),
};

const values = () =>
  section({
    ...moduleKeys,
    'aws-ebs-csi-driver': section(driver).prefault({}).describe('Volumes on EBS; the default storage class is gp3.'),
    'aws-efs-csi-driver': section({
      ...driver,
      storageClasses: z.array(passthrough).optional().describe('Dynamic provisioning through EFS access points.'),
      PersistentVolumes: z
        .array(
          section({
            name: z.string().default('kubezero-efs-pv'),
            volumeHandle: z.string().describe('`<file system id>:/path`.'),
            claimRef: section({ name: z.string(), namespace: z.string() }).optional(),
            volumeAttributes: z.record(z.string(), z.string()).optional(),
            mountOptions: z.array(z.string()).optional().describe('Accepted, and without effect, as in KubeZero.'),
          }),
        )
        .optional()
        .describe('Volumes made by hand.'),
    })
      .prefault({})
      .describe('Shared volumes on EFS.'),
    'lvm-localpv': optionalChart().describe('Local volumes from LVM volume groups.'),
    gemini: optionalChart().describe('Scheduled volume snapshots.'),
    snapshotController: passthrough
      .optional()
      .describe('Accepted, and without effect: the controller is always deployed.'),
  });
export type StorageValues = z.infer<ReturnType<typeof values>>;

function efsVolume(
  volume: NonNullable<StorageValues['aws-efs-csi-driver']['PersistentVolumes']>[number],
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volume.name },
    spec: {
      capacity: { storage: '5Gi' },
      volumeMode: 'Filesystem',
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'efs-sc',
      csi: {
        driver: 'efs.csi.aws.com',
        volumeHandle: volume.volumeHandle,
        ...(volume.volumeAttributes ? { volumeAttributes: volume.volumeAttributes } : {}),
      },
      ...(volume.claimRef ? { claimRef: volume.claimRef } : {}),
    },
  };
}

function snapshotClass(name: string, csiDriver: string): KubernetesObject {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name },
    driver: csiDriver,
    deletionPolicy: 'Delete',
  };
}

function lvmStorageClass(lvm: StorageValues['lvm-localpv']): KubernetesObject {
  const own = (lvm.storageClass ?? {}) as { default?: boolean; vgpattern?: string };
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'openebs-lvm',
      ...(own.default ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}),
    },
    provisioner: 'local.csi.openebs.io',
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: 'Delete',
    parameters: { storage: 'lvm', vgpattern: own.vgpattern || 'openebs.*', fsType: 'xfs' },
  };
}

export const storage = defineModule<StorageValues>({
  id: 'storage',
  purpose: 'Volumes: EBS and EFS CSI drivers, openEBS LVM, snapshots',
  dependsOn: [],
  values,
  crds({ release, values }) {
    const sources: CrdSource[] = [{ from: 'objects', objects: snapshotCrds }];
    // The chart brings the snapshot CRDs too; the first definition of a name counts.
    if (values['lvm-localpv'].enabled) sources.push({ from: 'chart', pin: release.charts['lvm-localpv']! });
    return sources;
  },
  manifest(context) {
    const { release, values, all } = context;
    const labels = standardLabels(release, 'storage');
    const lvm = values['lvm-localpv'];
    const efs = values['aws-efs-csi-driver'];
    const own = [
      ...(values['aws-ebs-csi-driver'].enabled ? [snapshotClass('csi-aws-ebs', 'ebs.csi.aws.com')] : []),
      ...(efs.enabled ? (efs.PersistentVolumes ?? []).map(efsVolume) : []),
      ...(lvm.enabled ? [lvmStorageClass(lvm), snapshotClass('lvmpv-snapclass', 'local.csi.openebs.io')] : []),
    ].map((object) => ({ ...object, metadata: { ...object.metadata, labels } }));
    return {
      namespace: { name: 'kube-system' },
      charts: storageCharts(context),
      objects: [
        ...snapshotController(labels),
        ...own,
        ...(lvm.enabled && isEnabled(all, 'metrics') ? lvmMonitoring(labels, 'kube-system') : []),
      ],
    };
  },
});
