import { z } from 'zod';
import type { RefusedKey } from '../definition.ts';
import { moduleKeys, openSection, optionalChart, section, systemNamespace } from '../schema.ts';

const driver = {
  enabled: z.boolean().default(false).describe('Whether the driver is deployed.'),
  IamArn: z
    .string()
    .default('')
    .describe('IAM role of the driver’s controller; default: the one the infrastructure made.'),
};

const storageClass = openSection({
  name: z.string().describe('Name of the StorageClass.'),
  annotations: z.record(z.string(), z.string()).optional().describe('Annotations of the StorageClass.'),
  mountOptions: z.array(z.string()).optional().describe('Options of the mount, e.g. `tls`.'),
  parameters: z
    .record(z.string(), z.string())
    .optional()
    .describe('The driver’s parameters: `provisioningMode: efs-ap`, `fileSystemId`, `directoryPerms`.'),
  reclaimPolicy: z.enum(['Delete', 'Retain']).optional().describe('What becomes of a volume whose claim is gone.'),
  volumeBindingMode: z
    .enum(['Immediate', 'WaitForFirstConsumer'])
    .optional()
    .describe('When a volume is made: with its claim or with the first pod.'),
});

const persistentVolume = section({
  name: z.string().default('kubezero-efs-pv').describe('Name of the PersistentVolume.'),
  volumeHandle: z.string().describe('`<file system id>:/path`.'),
  claimRef: openSection({
    name: z.string().describe('Name of the claim.'),
    namespace: z.string().describe('Namespace of the claim.'),
  })
    .optional()
    .describe('Claim that the volume is kept for: `name` and `namespace`.'),
  volumeAttributes: z
    .record(z.string(), z.string())
    .optional()
    .describe('The driver’s attributes, e.g. `encryptInTransit`.'),
  mountOptions: z.array(z.string()).optional().describe('Options of the mount, e.g. `tls`.'),
});
export type EfsVolume = z.infer<typeof persistentVolume>;

const persistentVolumes = z.array(persistentVolume).check(({ value, issues }) => {
  for (const [index, { name }] of value.entries()) {
    const first = value.findIndex((other) => other.name === name);
    if (first === index) continue;
    issues.push({
      code: 'custom',
      input: value,
      path: [index, 'name'],
      message: `is "${name}", as that of entry ${first + 1}: each volume needs a name of its own`,
    });
  }
});

/** `storage` of application.yaml. */
export const storageValues = () =>
  section({
    ...moduleKeys,
    namespace: systemNamespace,
    'aws-ebs-csi-driver': section(driver)
      .prefault({})
      .describe('Volumes on EBS: storage classes `ebs-sc-gp3-xfs` (the default one) and `ebs-sc-gp2-xfs`, encrypted.'),
    'aws-efs-csi-driver': section({
      ...driver,
      storageClasses: z.array(storageClass).optional().describe('Dynamic provisioning through EFS access points.'),
      PersistentVolumes: persistentVolumes
        .optional()
        .describe('Volumes made by hand: 5Gi, shared, kept when their claim is gone, class `efs-sc`.'),
    })
      .prefault({})
      .describe('Shared volumes on EFS, on workers with the label `node.kubernetes.io/csi.efs.fs`.'),
    'lvm-localpv': openSection({
      enabled: z.boolean().default(false).describe('Whether the driver is deployed.'),
      storageClass: section({
        default: z.boolean().default(false).describe('Make `openebs-lvm` the default storage class.'),
        vgpattern: z
          .string()
          .default('')
          .describe('Regular expression of the volume groups that volumes are made in; default: `openebs.*`.'),
      })
        .prefault({})
        .describe('Storage class `openebs-lvm`.'),
    })
      .prefault({})
      .describe('Local volumes from LVM volume groups, on workers with the label `node.kubernetes.io/lvm: openebs`.'),
    gemini: optionalChart().describe('Scheduled volume snapshots (`SnapshotGroup` objects).'),
  });
export type StorageValues = z.infer<ReturnType<typeof storageValues>>;

const notForwarded = 'isn’t forwarded by KubeZero’s umbrella chart and had no effect; remove it';

/** Keys of KubeZero's storage chart that don't reach it from application.yaml. */
export const storageRefused: RefusedKey[] = [
  { key: 'snapshotController', why: `${notForwarded}: the snapshot controller is always deployed` },
  ...['image', 'replicaCount', 'controller', 'node', 'storageClasses'].map((key) => ({
    key: `aws-ebs-csi-driver.${key}`,
    why: `${notForwarded}: replicas follow \`HighAvailableControlplane\`, the rest is fixed`,
  })),
  ...['image', 'replicaCount', 'controller', 'node'].map((key) => ({
    key: `aws-efs-csi-driver.${key}`,
    why: `${notForwarded}: replicas follow \`HighAvailableControlplane\`, the rest is fixed`,
  })),
  { key: 'lvm-localpv.prometheus', why: 'follows the metrics module; remove it' },
];
