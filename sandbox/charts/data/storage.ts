import type { StandInChart } from '../chart.ts';
import { crd } from '../crds.ts';
import { account, clusterRole, named, nameLabels, namespace, release, service, workload } from '../objects.ts';
import { list, type StandInObject, template, value } from '../template.ts';

const kubelet = { name: 'kubelet-dir', hostPath: { path: '/var/lib/kubelet', type: 'Directory' } };
const socketDirectory = { name: 'socket-dir', emptyDir: {} };

function csiDriver(name: string, spec: object, annotations?: Record<string, string>): StandInObject {
  return { object: { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name, annotations }, spec } };
}

/** Storage classes given as values, of one provisioner. */
function storageClasses(provisioner: string): StandInObject {
  return {
    each: '.Values.storageClasses',
    object: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name: template('{{ .name }}'),
        annotations: template('{{ .annotations | default dict | toJson }}'),
      },
      provisioner,
      parameters: template('{{ .parameters | default dict | toJson }}'),
      volumeBindingMode: template('{{ .volumeBindingMode | default "Immediate" }}'),
      allowVolumeExpansion: template('{{ .allowVolumeExpansion | default false }}'),
      reclaimPolicy: template('{{ .reclaimPolicy | default "Delete" }}'),
    },
  };
}

/** EBS volumes. */
export function ebs(version: '2.6.3' | '2.6.7'): StandInChart {
  const appVersion = version === '2.6.3' ? '1.5.1' : '1.6.1';
  const registry = version === '2.6.3' ? 'k8s.gcr.io/provider-aws' : 'public.ecr.aws/ebs-csi-driver';
  const image = template(`${registry}/aws-ebs-csi-driver:{{ dig "image" "tag" "v${appVersion}" .Values.AsMap }}`);
  const labels = (app: string) => ({ app, ...nameLabels('aws-ebs-csi-driver') });
  const sidecar = (name: string, source: string) => ({ name, image: `k8s.gcr.io/sig-storage/${source}` });
  const socket = { name: 'socket-dir', mountPath: '/var/lib/csi/sockets/pluginproxy/' };
  return {
    chart: 'aws-ebs-csi-driver',
    version,
    appVersion,
    objects: [
      account('ebs-csi-controller-sa'),
      account('ebs-csi-node-sa'),
      ...(['attacher', 'provisioner', 'resizer', 'snapshotter'] as const).flatMap((part) =>
        clusterRole(`ebs-external-${part}-role`, {
          binding: `ebs-csi-${part}-binding`,
          subject: 'ebs-csi-controller-sa',
        }),
      ),
      ...clusterRole('ebs-csi-node-role', { binding: 'ebs-csi-node-getter-binding', subject: 'ebs-csi-node-sa' }),
      csiDriver('ebs.csi.aws.com', { attachRequired: true, podInfoOnMount: false }),
      storageClasses('ebs.csi.aws.com'),
      {
        object: {
          apiVersion: 'policy/v1beta1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'ebs-csi-controller', namespace, labels: nameLabels('aws-ebs-csi-driver') },
          spec: { maxUnavailable: 1, selector: { matchLabels: labels('ebs-csi-controller') } },
        },
      },
      workload({
        kind: 'DaemonSet',
        name: 'ebs-csi-node',
        labels: labels('ebs-csi-node'),
        account: 'ebs-csi-node-sa',
        placement: 'node',
        volumes: [kubelet],
        pod: { priorityClassName: 'system-node-critical' },
        containers: [
          {
            name: 'ebs-plugin',
            image,
            resources: value('node/resources'),
            volumeMounts: [{ name: 'kubelet-dir', mountPath: '/var/lib/kubelet', mountPropagation: 'Bidirectional' }],
            securityContext: { privileged: true },
          },
          sidecar('node-driver-registrar', 'csi-node-driver-registrar:v2.1.0'),
          sidecar('liveness-probe', 'livenessprobe:v2.4.0'),
        ],
      }),
      workload({
        name: 'ebs-csi-controller',
        labels: labels('ebs-csi-controller'),
        account: 'ebs-csi-controller-sa',
        placement: 'controller',
        replicas: value('controller/replicaCount', '2'),
        volumes: [socketDirectory],
        pod: { priorityClassName: 'system-cluster-critical' },
        containers: [
          {
            name: 'ebs-plugin',
            image,
            args: ['controller', template('--k8s-tag-cluster-id={{ .Values.controller.k8sTagClusterId }}')],
            env: list('controller/env'),
            resources: value('controller/resources'),
            volumeMounts: [socket],
          },
          {
            ...sidecar('csi-provisioner', 'csi-provisioner:v2.1.1'),
            args: [template('--default-fstype={{ .Values.controller.defaultFsType | default "ext4" }}')],
          },
          sidecar('csi-attacher', 'csi-attacher:v3.1.0'),
          sidecar('csi-snapshotter', 'csi-snapshotter:v3.0.3'),
          sidecar('csi-resizer', 'csi-resizer:v1.1.0'),
          sidecar('liveness-probe', 'livenessprobe:v2.4.0'),
        ],
      }),
    ],
  };
}

/** EFS volumes. */
export function efs(version: '2.2.3' | '2.2.6'): StandInChart {
  const appVersion = version === '2.2.3' ? '1.3.6' : '1.3.8';
  const plugin = { name: 'efs-plugin', image: `amazon/aws-efs-csi-driver:v${appVersion}` };
  const labels = (app: string) => ({ app, ...nameLabels('aws-efs-csi-driver') });
  const sidecar = (name: string, source: string) => ({
    name,
    image: `public.ecr.aws/eks-distro/kubernetes-csi/${source}`,
  });
  return {
    chart: 'aws-efs-csi-driver',
    version,
    appVersion,
    objects: [
      account('efs-csi-controller-sa'),
      account('efs-csi-node-sa'),
      ...clusterRole('efs-csi-external-provisioner-role', {
        binding: 'efs-csi-provisioner-binding',
        subject: 'efs-csi-controller-sa',
      }),
      csiDriver(
        'efs.csi.aws.com',
        { attachRequired: false },
        { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/resource-policy': 'keep' },
      ),
      storageClasses('efs.csi.aws.com'),
      workload({
        kind: 'DaemonSet',
        name: 'efs-csi-node',
        labels: labels('efs-csi-node'),
        account: 'efs-csi-node-sa',
        hostNetwork: true,
        placement: 'node',
        volumes: [kubelet],
        containers: [
          { ...plugin, resources: value('node/resources'), securityContext: { privileged: true } },
          sidecar('csi-driver-registrar', 'node-driver-registrar:v2.1.0-eks-1-18-2'),
          sidecar('liveness-probe', 'livenessprobe:v2.2.0-eks-1-18-2'),
        ],
      }),
      workload({
        name: 'efs-csi-controller',
        labels: labels('efs-csi-controller'),
        account: 'efs-csi-controller-sa',
        hostNetwork: true,
        placement: 'controller',
        replicas: value('replicaCount', '2'),
        volumes: [socketDirectory],
        containers: [
          { ...plugin, volumeMounts: [{ name: 'socket-dir', mountPath: '/var/lib/csi/sockets/pluginproxy/' }] },
          sidecar('csi-provisioner', 'external-provisioner:v2.1.1-eks-1-18-2'),
          sidecar('liveness-probe', 'livenessprobe:v2.2.0-eks-1-18-2'),
        ],
      }),
    ],
  };
}

/** Local volumes from LVM. Chart 0.9.0 moves the driver's image only. */
export function lvm(version: '0.8.6' | '0.9.0'): StandInChart {
  const appVersion = version === '0.8.6' ? '0.8.3' : '0.9.0';
  const driver = { name: 'openebs-lvm-plugin', image: `openebs/lvm-driver:${appVersion}` };
  const sidecar = (name: string, image: string) => ({ name, image: `k8s.gcr.io/sig-storage/${image}` });
  const node = { name: 'openebs-lvm-node', release: template(release) };
  const controller = { app: 'openebs-lvm-controller', release: template(release), component: 'openebs-lvm-controller' };
  const group = 'local.openebs.io';
  const priority = (name: string, amount: number): StandInObject => ({
    object: {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: named(`lvm-localpv-csi-${name}-critical`) },
      value: amount,
      globalDefault: false,
    },
  });
  return {
    chart: 'lvm-localpv',
    version,
    appVersion,
    crds: [
      crd({ kind: 'LVMNode', plural: 'lvmnodes', group, versions: ['v1alpha1*'], shortNames: ['lvmnode'] }),
      crd({ kind: 'LVMSnapshot', plural: 'lvmsnapshots', group, versions: ['v1alpha1*'], shortNames: ['lvmsnap'] }),
      crd({ kind: 'LVMVolume', plural: 'lvmvolumes', group, versions: ['v1alpha1*'], shortNames: ['lvmvol'] }),
    ],
    objects: [
      account('openebs-lvm-controller-sa'),
      account('openebs-lvm-node-sa'),
      priority('controller', 900000000),
      priority('node', 900001000),
      ...(
        [
          ['provisioner', 'controller'],
          ['snapshotter', 'controller'],
          ['driver-registrar', 'node'],
        ] as const
      ).flatMap(([part, on]) =>
        clusterRole(`openebs-lvm-${part}-role`, {
          binding: `openebs-lvm-${part}-binding`,
          subject: `openebs-lvm-${on}-sa`,
        }),
      ),
      csiDriver('local.csi.openebs.io', { attachRequired: false, podInfoOnMount: true, storageCapacity: true }),
      service(named('lvm-localpv-node-service'), [{ name: 'metrics', port: 9500 }], node, {
        spec: { clusterIP: 'None' },
      }),
      workload({
        kind: 'DaemonSet',
        name: named('lvm-localpv-node'),
        labels: node,
        account: 'openebs-lvm-node-sa',
        hostNetwork: true,
        placement: 'lvmNode',
        volumes: [kubelet],
        containers: [sidecar('csi-node-driver-registrar', 'csi-node-driver-registrar:v2.3.0'), driver],
      }),
      workload({
        kind: 'StatefulSet',
        name: named('lvm-localpv-controller'),
        labels: controller,
        account: 'openebs-lvm-controller-sa',
        placement: 'lvmController',
        containers: [
          sidecar('csi-resizer', 'csi-resizer:v1.2.0'),
          sidecar('csi-snapshotter', 'csi-snapshotter:v4.0.0'),
          sidecar('snapshot-controller', 'snapshot-controller:v4.0.0'),
          sidecar('csi-provisioner', 'csi-provisioner:v3.0.0'),
          driver,
        ],
      }),
    ],
  };
}

/** Scheduled volume snapshots. */
export function gemini(): StandInChart {
  const name = named('gemini-controller');
  return {
    chart: 'gemini',
    version: '1.0.0',
    appVersion: '1.0',
    objects: [
      account(name),
      ...clusterRole(name),
      workload({
        name,
        labels: { app: 'gemini' },
        account: name,
        containers: [
          {
            name: 'gemini-controller',
            image: 'quay.io/fairwinds/gemini:1.0',
            command: ['gemini', '-v', template('{{ .Values.verbosity | default 5 | quote }}')],
            resources: value('resources'),
          },
        ],
      }),
    ],
  };
}
