import { workerGroups } from '../conventions.ts';
import type { KubernetesObject } from '../definition.ts';
import { bind, role } from '../rbac.ts';

const namespace = 'kube-system';
const unprivileged = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const deviceDirectory = '/var/lib/kubelet/device-plugins';

/** Offers `/dev/fuse` to pods as resource `github.com/fuse`; used by build agents. */
export function fuseDevicePlugin(): KubernetesObject[] {
  const name = 'fuse-device-plugin';
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: { name } },
        template: {
          metadata: { labels: { name } },
          spec: {
            hostNetwork: true,
            containers: [
              {
                name,
                image: 'public.ecr.aws/zero-downtime/fuse-device-plugin:v1.1.0',
                securityContext: unprivileged,
                volumeMounts: [{ name: 'device-plugin', mountPath: deviceDirectory }],
              },
            ],
            volumes: [{ name: 'device-plugin', hostPath: { path: deviceDirectory } }],
          },
        },
      },
    },
  ];
}

/** Offers the inference chips of inf1 machines to pods as resource `aws.amazon.com/neuron`. */
export function neuronDevicePlugin(image: { name: string; tag?: string }): KubernetesObject[] {
  const name = 'neuron-device-plugin';
  const labels = { name: `${name}-ds` };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...bind(
      role(name, [
        { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['update', 'patch', 'get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch', 'update'] },
      ]),
      { name, namespace },
    ),
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: 'RollingUpdate' },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            priorityClassName: 'system-node-critical',
            tolerations: [
              { key: 'CriticalAddonsOnly', operator: 'Exists' },
              { key: 'aws.amazon.com/neuron', operator: 'Exists', effect: 'NoSchedule' },
              workerGroups,
            ],
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [
                    {
                      matchExpressions: [
                        {
                          key: 'node.kubernetes.io/instance-type',
                          operator: 'In',
                          values: ['inf1.xlarge', 'inf1.2xlarge', 'inf1.6xlarge', 'inf1.24xlarge'],
                        },
                      ],
                    },
                  ],
                },
              },
            },
            containers: [
              {
                name,
                image: `${image.name}:${image.tag}`,
                imagePullPolicy: 'IfNotPresent',
                env: [
                  { name: 'KUBECONFIG', value: '/etc/kubernetes/kubelet.conf' },
                  { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                ],
                securityContext: unprivileged,
                volumeMounts: [
                  { name: 'device-plugin', mountPath: deviceDirectory },
                  { name: 'infa-map', mountPath: '/run' },
                ],
              },
            ],
            volumes: [
              { name: 'device-plugin', hostPath: { path: deviceDirectory } },
              { name: 'infa-map', hostPath: { path: '/run' } },
            ],
          },
        },
      },
    },
  ];
}

/** 1.21 only: renews ECR pull secrets in all namespaces, with the user's Secret `ecr-renew-cred`. */
export function ecrLoginRenew(): KubernetesObject[] {
  const name = 'ecr-renew';
  const fromSecret = (key: string) => ({ name: key, valueFrom: { secretKeyRef: { name: 'ecr-renew-cred', key } } });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...bind(
      role(name, [
        { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'update', 'get', 'delete'] },
        { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] },
      ]),
      { name, namespace },
    ),
    {
      // KubeZero had this one under batch/v1beta1; batch/v1 is the same object and stays served.
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name, namespace, labels: { app: name } },
      spec: {
        schedule: '0 */6 * * *',
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 5,
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: 'OnFailure',
                serviceAccountName: name,
                containers: [
                  {
                    name,
                    image: 'nabsul/k8s-ecr-login-renew:v1.4',
                    env: [
                      { name: 'DOCKER_SECRET_NAME', value: 'ecr-login' },
                      { name: 'TARGET_NAMESPACE', value: '*' },
                      ...['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map(fromSecret),
                    ],
                  },
                ],
              },
            },
          },
        },
      },
    },
  ];
}
