import { asOf } from '../../releases/range.ts';
import { controlPlane } from '../conventions.ts';
import { openCrd } from '../crd.ts';
import type { KubernetesObject, ModuleContext } from '../definition.ts';
import { bind, role } from '../rbac.ts';
import type { AddonsValues } from './schema.ts';

const namespace = 'kube-system';
const name = 'aws-iam-authenticator';
const group = 'iamauthenticator.k8s.aws';
const text = { type: 'string' };

/** Who an IAM identity is in the cluster. At 1.21 KubeZero had it as v1beta1, which is the same kind of object. */
export const identityMappingCrd: KubernetesObject = openCrd({
  group,
  kind: 'IAMIdentityMapping',
  plural: 'iamidentitymappings',
  scope: 'Cluster',
  categories: ['all'],
  status: true,
  versions: [
    {
      name: 'v1alpha1',
      storage: true,
      schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            required: ['arn', 'username'],
            properties: { arn: text, username: text, groups: { type: 'array', items: text } },
          },
          status: { type: 'object', properties: { canonicalARN: text, userID: text } },
        },
      },
    },
  ],
});

/** What differs between releases, by the first that has it. */
const versions = {
  '1.21': { image: 'v0.5.3', memory: '20Mi' },
  '1.22': { image: 'v0.5.7', memory: '64Mi' },
};

/**
 * aws-iam-authenticator: answers the API servers who the holder of an IAM role is. It runs on every controller, with
 * the certificate that the machines have put into Secret `aws-iam-certs`.
 */
export function iamAuthenticator({ release, facts }: ModuleContext<AddonsValues>): KubernetesObject[] {
  const { image, memory } = asOf(release, versions);
  const labels = { 'k8s-app': name };
  const adminRole = facts.awsIamAuthenticator?.adminRole;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...bind(
      role(name, [
        { apiGroups: [group], resources: ['iamidentitymappings'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [group], resources: ['iamidentitymappings/status'], verbs: ['patch', 'update'] },
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'update', 'patch'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['aws-auth'], verbs: ['get'] },
      ]),
      { name, namespace },
    ),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels },
      data: { 'config.yaml': `clusterID: ${facts.clusterName}\n` },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace, labels },
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: 'RollingUpdate' },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            // The API server asks at localhost, and before there is a pod network.
            hostNetwork: true,
            securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
            ...controlPlane,
            containers: [
              {
                name,
                image: `public.ecr.aws/zero-downtime/aws-iam-authenticator:${image}`,
                args: [
                  'server',
                  '--backend-mode=CRD,MountedFile',
                  '--config=/etc/aws-iam-authenticator/config.yaml',
                  '--state-dir=/var/aws-iam-authenticator',
                  '--kubeconfig-pregenerated=true',
                ],
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
                resources: { requests: { memory: '20Mi', cpu: '10m' }, limits: { memory } },
                volumeMounts: [
                  { name: 'config', mountPath: '/etc/aws-iam-authenticator/' },
                  { name: 'state', mountPath: '/var/aws-iam-authenticator/' },
                ],
              },
            ],
            volumes: [
              { name: 'config', configMap: { name } },
              { name: 'state', secret: { secretName: 'aws-iam-certs' } },
            ],
          },
        },
      },
    },
    ...(adminRole ? [administrators(adminRole)] : []),
  ];
}

/** Holders of the role are cluster administrators. */
function administrators(arn: string): KubernetesObject {
  return {
    apiVersion: `${group}/v1alpha1`,
    kind: 'IAMIdentityMapping',
    metadata: { name: 'kubernetes-admin' },
    spec: { arn, username: 'kubernetes-admin', groups: ['system:masters'] },
  };
}
