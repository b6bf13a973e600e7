import { describe, expect, it } from 'vitest';
import { charts, chartValues, crds, find, manifest, names } from '../../test/unit/modules/context.ts';

const storage = (values: object, all: object = {}, at: '1.21' | '1.22' = '1.22') =>
  manifest('storage', at, { storage: values, ...all });

describe('storage', () => {
  it('always has the snapshot controller and its CRDs, as KubeZero', () => {
    expect(names(storage({}).objects)).toEqual([
      'ServiceAccount kube-system/snapshot-controller',
      'ClusterRole snapshot-controller-runner',
      'ClusterRoleBinding snapshot-controller-role',
      'Role kube-system/snapshot-controller-leaderelection',
      'RoleBinding kube-system/snapshot-controller-leaderelection',
      'StatefulSet kube-system/snapshot-controller',
    ]);
    const [source] = crds('storage', '1.21') as unknown as {
      objects: { metadata: { name: string }; spec: Versions }[];
    }[];
    expect(source?.objects.map(({ metadata: { name } }) => name)).toEqual([
      'volumesnapshotclasses.snapshot.storage.k8s.io',
      'volumesnapshotcontents.snapshot.storage.k8s.io',
      'volumesnapshots.snapshot.storage.k8s.io',
    ]);
    // Snapshotters of both releases write v1beta1.
    const stored = source!.objects.map(({ spec }) => spec.versions.filter((version) => version.storage));
    expect(stored).toMatchObject([[{ name: 'v1beta1' }], [{ name: 'v1beta1' }], [{ name: 'v1beta1' }]]);
  });

  it('refuses keys that KubeZero’s umbrella chart never passed on, with the reason', () => {
    expect(() => storage({ snapshotController: { enabled: false } })).toThrow(
      'the snapshot controller is always deployed',
    );
    expect(() => storage({ 'aws-ebs-csi-driver': { controller: { replicaCount: 3 } } })).toThrow(
      'replicas follow `HighAvailableControlplane`',
    );
    expect(() => storage({ 'lvm-localpv': { prometheus: { enabled: true } } })).toThrow('follows the metrics module');
  });
});

interface Versions {
  versions: { name: string; storage: boolean }[];
}

describe('EBS', () => {
  const enabled = { 'aws-ebs-csi-driver': { enabled: true } };

  it('runs its controller twice, apart from each other, on a highly available control plane', () => {
    const controller = (at: '1.21' | '1.22', all: object) =>
      chartValues(storage(enabled, all, at), 'aws-ebs-csi-driver').controller;
    expect(controller('1.22', {}).replicaCount).toBe(1);
    expect(controller('1.22', { HighAvailableControlplane: true })).toMatchObject({
      replicaCount: 2,
      k8sTagClusterId: 'demo',
      affinity: { podAntiAffinity: {} },
    });
    // The anti-affinity came with 1.22.
    expect(controller('1.21', { HighAvailableControlplane: true }).affinity).toBeUndefined();
  });

  it('makes encrypted gp3 volumes unless a claim asks for gp2', () => {
    const classes = chartValues(storage(enabled), 'aws-ebs-csi-driver').storageClasses;
    expect(classes).toMatchObject([
      { name: 'ebs-sc-gp2-xfs', parameters: { type: 'gp2', encrypted: 'true' } },
      {
        name: 'ebs-sc-gp3-xfs',
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
        parameters: { type: 'gp3', encrypted: 'true' },
      },
    ]);
    expect(classes[0].annotations).toBeUndefined();
    expect(find(storage(enabled).objects, 'VolumeSnapshotClass', 'csi-aws-ebs').driver).toBe('ebs.csi.aws.com');
  });

  it('stays at driver 1.5.3 with 1.22, whose own version panics on Nitro machines', () => {
    const image = (at: '1.21' | '1.22') => chartValues(storage(enabled, {}, at), 'aws-ebs-csi-driver').image;
    expect(image('1.22')).toEqual({ tag: 'v1.5.3' });
    expect(image('1.21')).toBeUndefined();
  });

  it('takes the IAM role of application.yaml, or else the one the infrastructure made', () => {
    const role = (values: object) =>
      chartValues(storage({ 'aws-ebs-csi-driver': { enabled: true, ...values } }), 'aws-ebs-csi-driver').controller
        .env[0];
    expect(role({})).toEqual({ name: 'AWS_ROLE_ARN', value: 'arn:ebs' });
    expect(role({ IamArn: 'arn:own' })).toEqual({ name: 'AWS_ROLE_ARN', value: 'arn:own' });
  });
});

describe('EFS', () => {
  const efs = (values: object, all: object = {}, at: '1.21' | '1.22' = '1.22') =>
    storage({ 'aws-efs-csi-driver': { enabled: true, ...values } }, all, at);

  it('has a volume for each one made by hand, mounted with its options (KubeZero leaves those out)', () => {
    const { objects } = efs({
      PersistentVolumes: [
        {
          name: 'media',
          volumeHandle: 'fs-1:/media',
          mountOptions: ['tls'],
          claimRef: { name: 'media', namespace: 'web' },
          volumeAttributes: { encryptInTransit: 'true' },
        },
        { volumeHandle: 'fs-1:/' },
      ],
    });
    expect(find(objects, 'PersistentVolume', 'media').spec).toEqual({
      capacity: { storage: '5Gi' },
      volumeMode: 'Filesystem',
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'efs-sc',
      mountOptions: ['tls'],
      csi: { driver: 'efs.csi.aws.com', volumeHandle: 'fs-1:/media', volumeAttributes: { encryptInTransit: 'true' } },
      claimRef: { name: 'media', namespace: 'web' },
    });
    expect(find(objects, 'PersistentVolume', 'kubezero-efs-pv').spec.csi.volumeHandle).toBe('fs-1:/');
  });

  it('insists on a name of its own for each volume', () => {
    const PersistentVolumes = [{ volumeHandle: 'fs-1:/a' }, { volumeHandle: 'fs-1:/b' }];
    expect(() => efs({ PersistentVolumes })).toThrow('each volume needs a name of its own');
  });

  it('passes storage classes on', () => {
    const storageClasses = [{ name: 'efs-sc', parameters: { provisioningMode: 'efs-ap', fileSystemId: 'fs-1' } }];
    expect(chartValues(efs({ storageClasses }), 'aws-efs-csi-driver').storageClasses).toEqual(storageClasses);
  });

  it('replaces its only controller at once, since the new pod needs the host ports of the old one', () => {
    const deployment = (all: object, at: '1.21' | '1.22') => {
      const rendered = efs({}, all, at);
      const chart = rendered.charts.find(({ pin }) => pin.chart === 'aws-efs-csi-driver')!;
      return chart.patch!({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'efs-csi-controller' },
        spec: { template: { spec: { containers: [{ name: 'efs-plugin' }] } } },
      })!.spec as { strategy?: unknown };
    };
    expect(deployment({}, '1.22').strategy).toEqual({ type: 'Recreate' });
    expect(deployment({ HighAvailableControlplane: true }, '1.22').strategy).toBeUndefined();
    expect(deployment({}, '1.21').strategy).toBeUndefined();
  });
});

describe('openEBS LVM and gemini', () => {
  const lvm = { 'lvm-localpv': { enabled: true, storageClass: { default: true } } };

  it('makes volumes in any openebs volume group, and is watched with the metrics module', () => {
    const { objects } = storage(lvm);
    expect(find(objects, 'StorageClass', 'openebs-lvm')).toMatchObject({
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      parameters: { storage: 'lvm', vgpattern: 'openebs.*', fsType: 'xfs' },
    });
    expect(names(objects)).toContain('VolumeSnapshotClass lvmpv-snapclass');
    expect(names(objects).some((name) => name.startsWith('ServiceMonitor'))).toBe(false);
    expect(names(storage(lvm, { metrics: { enabled: true } }).objects)).toContain(
      'ServiceMonitor kube-system/storage-kubezero-storage-openebs-monitoring-lvmlocalpv',
    );
  });

  it('has the definition of gemini’s schedules before gemini itself makes it', () => {
    const values = { storage: { gemini: { enabled: true, verbosity: 3 } } };
    expect(charts(manifest('storage', '1.22', values))).toEqual(['gemini 1.0.0 as storage']);
    expect(chartValues(manifest('storage', '1.22', values), 'gemini').verbosity).toBe(3);
    expect(JSON.stringify(crds('storage', '1.22', values))).toContain('snapshotgroups.gemini.fairwinds.com');
    expect(JSON.stringify(crds('storage', '1.22'))).not.toContain('gemini');
  });
});
