import { openCrd } from '../crd.ts';
import type { KubernetesObject } from '../definition.ts';
import { bind, role } from '../rbac.ts';

/** Version of operator and Keycloak, which belong together. */
const version = '18.0.0';

const versions = [{ name: 'v2alpha1', served: true, storage: true }];
const group = 'k8s.keycloak.org';

/** What the operator watches. Their full schemas are the operator's own and in no chart that is pinned here. */
export const keycloakCrds: KubernetesObject[] = [
  openCrd({ group, kind: 'Keycloak', plural: 'keycloaks', status: true, versions }),
  openCrd({ group, kind: 'KeycloakRealmImport', plural: 'keycloakrealmimports', status: true, versions }),
];

const name = 'keycloak-operator';
const selector = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/version': version };
const everything = ['get', 'list', 'watch', 'create', 'delete', 'patch', 'update'];

/** Keycloak's operator in one namespace, which is also the only one it watches. */
export function keycloakOperator(namespace: string): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: selector } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: selector },
      spec: { type: 'ClusterIP', selector, ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] },
    },
    ...permissions(namespace),
    deployment(namespace),
  ];
}

function permissions(namespace: string): KubernetesObject[] {
  const account = { name, namespace };
  const own = role(
    `${name}-role`,
    [
      // Deployments were of the group extensions once; the operator still asks for both.
      { apiGroups: ['apps', 'extensions'], resources: ['deployments'], verbs: everything },
      { apiGroups: [''], resources: ['secrets', 'services'], verbs: everything },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: everything },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: everything },
    ],
    namespace,
  );
  const controller = (resource: string, controllerName: string) => [
    role(`${controllerName}-cluster-role`, [
      {
        apiGroups: [group],
        resources: ['', '/status', '/finalizers'].map((part) => resource + part),
        verbs: everything,
      },
    ]),
    clusterRoleBinding(`${controllerName}-role-binding`, `${controllerName}-cluster-role`, account),
  ];
  return [
    ...bind(own, account, `${name}-role-binding`),
    clusterRoleBinding(`${name}-view`, 'view', account),
    ...controller('keycloaks', 'keycloakcontroller'),
    ...controller('keycloakrealmimports', 'keycloakrealmimportcontroller'),
  ];
}

/** A ClusterRole granted within the account's namespace only. */
function clusterRoleBinding(
  binding: string,
  clusterRole: string,
  account: { name: string; namespace: string },
): KubernetesObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: binding, namespace: account.namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
}

function deployment(namespace: string): KubernetesObject {
  const probe = (path: string) => ({
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    periodSeconds: 30,
    timeoutSeconds: 10,
    failureThreshold: 3,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: selector },
    spec: {
      replicas: 1,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name,
              image: `quay.io/keycloak/keycloak-operator:${version}`,
              imagePullPolicy: 'Always',
              env: [
                { name: 'KUBERNETES_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
                { name: 'OPERATOR_KEYCLOAK_IMAGE', value: `quay.io/keycloak/keycloak:${version}` },
              ],
              ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
              livenessProbe: probe('/q/health/live'),
              readinessProbe: probe('/q/health/ready'),
            },
          ],
        },
      },
    },
  };
}
