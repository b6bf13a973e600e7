import type { StandInChart } from '../chart.ts';
import { crd, type StandInCrd } from '../crds.ts';
import { account, clusterRole, configMap, namespace, secretReader, service, webhooks, workload } from '../objects.ts';
import { list, on, type StandInObject, template, value } from '../template.ts';

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
      ...secretReader('istiod-istio-system', 'istiod-service-account'),
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
      ? ['1.9', '1.10', '1.11'].flatMap((proxy) => [
          `metadata-exchange-${proxy}`,
          `tcp-metadata-exchange-${proxy}`,
          `stats-filter-${proxy}`,
          `tcp-stats-filter-${proxy}`,
        ])
      : ['1.11', '1.12', '1.13'].flatMap((proxy) => [`stats-filter-${proxy}`, `tcp-stats-filter-${proxy}`]);
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
  const subject = 'istiod';
  const component = {
    'istio.io/rev': 'default',
    'install.operator.istio.io/owning-resource': 'unknown',
    'operator.istio.io/component': 'Pilot',
    'sidecar.istio.io/inject': 'false',
  };
  return {
    chart: version === '1.11.5' ? 'istio-discovery' : 'istiod',
    version,
    appVersion: version,
    objects: [
      account('istiod'),
      ...secretReader('istiod', subject),
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
        podLabels: { app: 'istiod', ...component },
        podAnnotations: {
          'prometheus.io/port': '15014',
          'prometheus.io/scrape': 'true',
          'sidecar.istio.io/inject': 'false',
        },
        account: subject,
        replicas: value('pilot/replicaCount', '1'),
        placement: 'pilot',
        pod: {
          securityContext: { fsGroup: 1337 },
          priorityClassName: value('global/priorityClassName', '""'),
          // Only later charts have a value for them.
          ...(version === '1.11.5' ? { tolerations: [] } : {}),
        },
        containers: [
          {
            name: 'discovery',
            image: template('docker.io/istio/pilot:{{ .Values.global.tag }}'),
            args: template('["discovery"{{ if .Values.global.logAsJson }}, "--log_as_json"{{ end }}]'),
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
              [{ ...validation, name: 'rev.validation.istio.io' }, validation],
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
      ...secretReader('kiali-controlplane', 'kiali'),
      configMap('kiali', { 'config.yaml': template('{{ omit .Values "global" | toYaml | quote }}') }),
      service('kiali', [{ name: 'http', port: 20001 }], labels),
      workload({
        name: 'kiali',
        labels,
        podLabels: { app: 'kiali', version: 'v1.38.1' },
        account: 'kiali',
        replicas: value('deployment/replicas', '1'),
        pod: {
          nodeSelector: value('deployment/node_selector'),
          tolerations: list('deployment/tolerations'),
        },
        volumes: [{ name: 'kiali-configuration', configMap: { name: 'kiali' } }],
        containers: [
          {
            name: 'kiali',
            image: 'quay.io/kiali/kiali:v1.38.1',
            ports: [{ name: 'api-port', containerPort: 20001 }],
            resources: value('deployment/resources'),
            volumeMounts: [{ name: 'kiali-configuration', mountPath: '/kiali-configuration' }],
          },
        ],
      }),
    ],
  };
}
