import type { StandInChart } from '../chart.ts';
import { crd, type StandInCrd } from '../crds.ts';
import { account, clusterRole, configMap, namespace, service, webhooks, workload } from '../objects.ts';
import { on, type StandInObject, template, value } from '../template.ts';

type Version = '1.11.5' | '1.13.3';

const networking = 'networking.istio.io';
const both = ['v1alpha3*', 'v1beta1'];

function meshCrds(version: Version): StandInCrd[] {
  const newer: StandInCrd[] = [
    { kind: 'WasmPlugin', plural: 'wasmplugins', group: 'extensions.istio.io', versions: ['v1alpha1*'] },
    { kind: 'ProxyConfig', plural: 'proxyconfigs', group: networking, versions: ['v1beta1*'] },
  ];
  return [
    ...(version === '1.13.3' ? newer : []),
    { kind: 'DestinationRule', plural: 'destinationrules', group: networking, versions: both },
    { kind: 'EnvoyFilter', plural: 'envoyfilters', group: networking, versions: ['v1alpha3*'] },
    { kind: 'Gateway', plural: 'gateways', group: networking, versions: both },
    { kind: 'ServiceEntry', plural: 'serviceentries', group: networking, versions: both },
    { kind: 'Sidecar', plural: 'sidecars', group: networking, versions: both },
    { kind: 'VirtualService', plural: 'virtualservices', group: networking, versions: both },
    { kind: 'WorkloadEntry', plural: 'workloadentries', group: networking, versions: both },
    {
      kind: 'WorkloadGroup',
      plural: 'workloadgroups',
      group: networking,
      versions: version === '1.13.3' ? both : ['v1alpha3*'],
    },
    {
      kind: 'AuthorizationPolicy',
      plural: 'authorizationpolicies',
      group: 'security.istio.io',
      versions: ['v1beta1*'],
    },
    { kind: 'PeerAuthentication', plural: 'peerauthentications', group: 'security.istio.io', versions: ['v1beta1*'] },
    {
      kind: 'RequestAuthentication',
      plural: 'requestauthentications',
      group: 'security.istio.io',
      versions: ['v1beta1*'],
    },
    { kind: 'Telemetry', plural: 'telemetries', group: 'telemetry.istio.io', versions: ['v1alpha1*'] },
    { kind: 'IstioOperator', plural: 'istiooperators', group: 'install.istio.io', versions: ['v1alpha1*'] },
  ];
}

const validation = {
  name: 'validation.istio.io',
  service: 'istiod',
  path: '/validate',
  failurePolicy: 'Ignore' as const,
  rules: [
    {
      apiGroups: ['security.istio.io', networking, 'telemetry.istio.io', 'extensions.istio.io'],
      resources: ['*'],
    },
  ],
};

/** CRDs and cluster roles of Istio. */
export function base(version: Version): StandInChart {
  return {
    chart: 'base',
    version,
    appVersion: version,
    crds: meshCrds(version).map((definition) => crd(definition)),
    objects: [
      account('istio-reader-service-account'),
      account('istiod-service-account'),
      ...clusterRole('istiod-istio-system', { subject: 'istiod-service-account' }),
      ...clusterRole('istio-reader-istio-system', { subject: 'istio-reader-service-account' }),
      ...(version === '1.13.3'
        ? [webhooks('Validating', 'istiod-default-validator', [validation], { labels: { 'istio.io/rev': 'default' } })]
        : []),
    ],
  };
}

function injector(name: string, selectors: { namespaceSelector?: object; objectSelector?: object }) {
  return {
    name,
    service: 'istiod',
    path: '/inject',
    rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
    ...(selectors as Record<string, Record<string, unknown>>),
  };
}

const label = (key: string, operator: string, values?: string[]) => ({ key, operator, ...(values ? { values } : {}) });
const where = (...matchExpressions: object[]) => ({ matchExpressions });

/** Which pods istiod injects its proxy into: those of labelled namespaces, and those that ask for it. */
const injectors = [
  injector('rev.namespace.sidecar-injector.istio.io', {
    namespaceSelector: where(label('istio.io/rev', 'In', ['default']), label('istio-injection', 'DoesNotExist')),
    objectSelector: where(label('sidecar.istio.io/inject', 'NotIn', ['false'])),
  }),
  injector('rev.object.sidecar-injector.istio.io', {
    namespaceSelector: where(label('istio.io/rev', 'DoesNotExist'), label('istio-injection', 'DoesNotExist')),
    objectSelector: where(
      label('sidecar.istio.io/inject', 'NotIn', ['false']),
      label('istio.io/rev', 'In', ['default']),
    ),
  }),
  injector('namespace.sidecar-injector.istio.io', {
    namespaceSelector: where(label('istio-injection', 'In', ['enabled'])),
    objectSelector: where(label('sidecar.istio.io/inject', 'NotIn', ['false'])),
  }),
  injector('object.sidecar-injector.istio.io', {
    namespaceSelector: where(label('istio-injection', 'DoesNotExist'), label('istio.io/rev', 'DoesNotExist')),
    objectSelector: where(label('sidecar.istio.io/inject', 'In', ['true']), label('istio.io/rev', 'DoesNotExist')),
  }),
];

function statsFilters(version: Version): StandInObject[] {
  const names =
    version === '1.11.5'
      ? ['metadata-exchange-1.11', 'tcp-metadata-exchange-1.11', 'stats-filter-1.10', 'stats-filter-1.11']
      : ['stats-filter-1.11', 'stats-filter-1.12', 'stats-filter-1.13'];
  return names.map((name) => ({
    when: on('telemetry/enabled', 'true'),
    object: {
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: { name, namespace, labels: { 'istio.io/rev': 'default' } },
      spec: { configPatches: [] },
    },
  }));
}

/** Control plane of Istio; its chart was called istio-discovery up to 1.11. */
export function istiod(version: Version): StandInChart {
  const labels = { app: 'istiod', istio: 'pilot' };
  const subject = version === '1.11.5' ? 'istiod-service-account' : 'istiod';
  return {
    chart: version === '1.11.5' ? 'istio-discovery' : 'istiod',
    version,
    appVersion: version,
    objects: [
      ...(version === '1.13.3' ? [account('istiod')] : []),
      ...clusterRole('istiod-clusterrole-istio-system', { subject }),
      ...clusterRole('istio-reader-clusterrole-istio-system', { subject: 'istio-reader-service-account' }),
      ...(version === '1.13.3' ? clusterRole('istiod-gateway-controller-istio-system', { subject }) : []),
      configMap('istio', { mesh: template(`{{ .Values.meshConfig | toYaml | quote }}`), meshNetworks: 'networks: {}' }),
      configMap('istio-sidecar-injector', { config: 'policy: enabled', values: '{}' }),
      service(
        'istiod',
        [
          { name: 'grpc-xds', port: 15010 },
          { name: 'https-dns', port: 15012 },
          { name: 'https-webhook', port: 443, targetPort: 15017 },
          { name: 'http-monitoring', port: 15014 },
        ],
        labels,
      ),
      {
        when: on('global/defaultPodDisruptionBudget/enabled'),
        object: {
          apiVersion: 'policy/v1beta1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'istiod', namespace, labels },
          spec: { minAvailable: 1, selector: { matchLabels: labels } },
        },
      },
      workload({
        name: 'istiod',
        labels: { istio: 'pilot' },
        podLabels: { app: 'istiod' },
        account: subject,
        replicas: value('pilot/replicaCount', '1'),
        placement: 'pilot',
        containers: [
          {
            name: 'discovery',
            image: template('docker.io/istio/pilot:{{ .Values.global.tag }}'),
            resources: value('pilot/resources'),
            ports: [{ containerPort: 8080 }, { containerPort: 15010 }, { containerPort: 15017 }],
          },
        ],
      }),
      webhooks('Mutating', 'istio-sidecar-injector', injectors, { labels: { app: 'sidecar-injector' } }),
      ...(version === '1.11.5'
        ? [
            webhooks(
              'Validating',
              'istio-validator-istio-system',
              [{ ...validation, name: 'rev.validation.istio.io' }],
              { labels: { app: 'istiod' } },
            ),
          ]
        : []),
      ...statsFilters(version),
    ],
  };
}

/** Kiali, the console of the mesh. */
export function kiali(): StandInChart {
  const labels = { 'app.kubernetes.io/name': 'kiali', 'app.kubernetes.io/instance': 'kiali' };
  return {
    chart: 'kiali-server',
    version: '1.38.1',
    appVersion: 'v1.38.1',
    objects: [
      account('kiali'),
      ...clusterRole('kiali-viewer', { binding: 'kiali', subject: 'kiali' }),
      ...clusterRole('kiali', { binding: false }),
      configMap('kiali', { 'config.yaml': template('{{ .Values.external_services | toYaml | quote }}') }),
      service('kiali', [{ name: 'http', port: 20001 }], labels),
      workload({
        name: 'kiali',
        labels,
        account: 'kiali',
        placement: 'deployment',
        containers: [{ name: 'kiali', image: 'quay.io/kiali/kiali:v1.38.1' }],
      }),
    ],
  };
}
