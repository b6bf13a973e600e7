import type { StandInChart } from '../chart.ts';
import { crd } from '../crds.ts';
import { account, clusterRole, nameLabels, service, serviceMonitor, webhooks, workload } from '../objects.ts';
import { list, on, value } from '../template.ts';

const kinds = [
  ['cert-manager.io', 'CertificateRequest', 'certificaterequests'],
  ['cert-manager.io', 'Certificate', 'certificates'],
  ['acme.cert-manager.io', 'Challenge', 'challenges'],
  ['cert-manager.io', 'ClusterIssuer', 'clusterissuers'],
  ['cert-manager.io', 'Issuer', 'issuers'],
  ['acme.cert-manager.io', 'Order', 'orders'],
] as const;

const controllers = ['issuers', 'clusterissuers', 'certificates', 'orders', 'challenges', 'ingress-shim'];

/** cert-manager: controller, webhook, cainjector. */
export function certManager(version: '1.6.1' | '1.8.0'): StandInChart {
  const image = (name: string) => `quay.io/jetstack/cert-manager-${name}:v${version}`;
  const controller = nameLabels('cert-manager', 'controller');
  const webhook = nameLabels('webhook', 'webhook');
  const hook = (path: string) => ({
    name: 'webhook.cert-manager.io',
    service: 'cert-manager-webhook',
    path,
    rules: [{ apiGroups: ['cert-manager.io', 'acme.cert-manager.io'], apiVersions: ['v1'], resources: ['*/*'] }],
  });
  const injected = { 'cert-manager.io/inject-ca-from-secret': 'cert-manager/cert-manager-webhook-ca' };
  // Up to 1.7 the old versions were still listed, though not served any more.
  const versions = version === '1.6.1' ? ['v1alpha2-', 'v1alpha3-', 'v1beta1-', 'v1*'] : ['v1*'];
  return {
    chart: 'cert-manager',
    version: `v${version}`,
    appVersion: `v${version}`,
    values: { installCRDs: false },
    objects: [
      ...kinds.map(([group, kind, plural]) => ({
        when: on('installCRDs'),
        object: crd({
          group,
          kind,
          plural,
          versions,
          scope: kind === 'ClusterIssuer' ? 'Cluster' : 'Namespaced',
        }),
      })),
      account('cert-manager'),
      account('cert-manager-webhook'),
      account('cert-manager-cainjector'),
      ...clusterRole('cert-manager-cainjector'),
      ...controllers.flatMap((name) => clusterRole(`cert-manager-controller-${name}`, { subject: 'cert-manager' })),
      ...clusterRole('cert-manager-controller-approve:cert-manager-io', { subject: 'cert-manager' }),
      ...clusterRole('cert-manager-controller-certificatesigningrequests', { subject: 'cert-manager' }),
      ...clusterRole('cert-manager-view', { binding: false }),
      ...clusterRole('cert-manager-edit', { binding: false }),
      ...clusterRole('cert-manager-webhook:subjectaccessreviews', { subject: 'cert-manager-webhook' }),
      service('cert-manager', [{ name: 'tcp-prometheus-servicemonitor', port: 9402 }], controller),
      service('cert-manager-webhook', [{ name: 'https', port: 443, targetPort: 10250 }], webhook),
      workload({
        name: 'cert-manager-cainjector',
        labels: nameLabels('cainjector', 'cainjector'),
        account: 'cert-manager-cainjector',
        placement: 'cainjector',
        containers: [{ name: 'cert-manager', image: image('cainjector') }],
      }),
      workload({
        name: 'cert-manager',
        labels: controller,
        account: 'cert-manager',
        placement: '',
        containers: [
          {
            name: 'cert-manager',
            image: image('controller'),
            args: list('extraArgs'),
            env: list('extraEnv'),
            volumeMounts: list('volumeMounts'),
          },
        ],
        volumes: list('volumes'),
      }),
      workload({
        name: 'cert-manager-webhook',
        labels: webhook,
        account: 'cert-manager-webhook',
        placement: 'webhook',
        replicas: value('webhook/replicaCount', '1'),
        containers: [
          { name: 'cert-manager', image: image('webhook'), ports: [{ name: 'https', containerPort: 10250 }] },
        ],
      }),
      webhooks('Mutating', 'cert-manager-webhook', [hook('/mutate')], { annotations: injected }),
      webhooks('Validating', 'cert-manager-webhook', [hook('/validate')], { annotations: injected }),
      serviceMonitor('cert-manager', 'tcp-prometheus-servicemonitor', controller, {
        when: on('prometheus/servicemonitor/enabled'),
      }),
    ],
  };
}
