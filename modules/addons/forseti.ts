import { awsIdentity, controlPlane, roleArn } from '../conventions.ts';
import type { KubernetesObject, ModuleContext } from '../definition.ts';
import { bind, role } from '../rbac.ts';
import type { AddonsValues } from './schema.ts';

const namespace = 'kube-system';
const name = 'kubezero-forseti';
const everything = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** forseti: reconciles Node objects with AWS, so that a terminated machine's Node goes away. */
export function forseti({ values, facts }: ModuleContext<AddonsValues>): KubernetesObject[] {
  const { image, aws } = values.forseti;
  const labels = { app: name };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...bind(
      role('kubezero-forseti-manager', [
        { apiGroups: [''], resources: ['nodes'], verbs: everything },
        { apiGroups: [''], resources: ['nodes/finalizers'], verbs: ['update'] },
        { apiGroups: [''], resources: ['nodes/status'], verbs: ['get', 'patch', 'update'] },
      ]),
      { name, namespace },
    ),
    ...bind(
      role(
        'forseti-leader-election',
        [
          { apiGroups: [''], resources: ['configmaps'], verbs: everything },
          { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: everything },
          { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
        ],
        namespace,
      ),
      { name, namespace },
    ),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'forseti-metrics-service', namespace, labels },
      spec: { ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], selector: labels },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            securityContext: { runAsNonRoot: true },
            terminationGracePeriodSeconds: 10,
            ...controlPlane,
            containers: [
              {
                name,
                image: `${image.name}:${image.tag}`,
                imagePullPolicy: 'Always',
                command: ['/forseti'],
                args: ['--health-probe-bind-address=:8081', '--metrics-bind-address=:8080'],
                env: [
                  { name: 'AWS_REGION', value: aws.region || facts.region },
                  ...awsIdentity.env(roleArn(facts, 'forseti', aws.iamRoleArn)),
                ],
                livenessProbe: {
                  httpGet: { path: '/healthz', port: 8081 },
                  initialDelaySeconds: 15,
                  periodSeconds: 20,
                },
                readinessProbe: {
                  httpGet: { path: '/readyz', port: 8081 },
                  initialDelaySeconds: 5,
                  periodSeconds: 10,
                },
                resources: { limits: { cpu: '500m', memory: '128Mi' }, requests: { cpu: '10m', memory: '64Mi' } },
                securityContext: { allowPrivilegeEscalation: false },
                volumeMounts: [awsIdentity.volumeMount],
              },
            ],
            volumes: [awsIdentity.volume],
          },
        },
      },
    },
  ];
}
