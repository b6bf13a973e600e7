import { since } from '../../releases/range.ts';
import { fullName } from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext } from '../definition.ts';
import { routeTo } from '../exposure.ts';
import { mergeValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import type { MqValues } from './schema.ts';

const certificateName = 'rabbitmq-server-certificate';

export function rabbitmqChart({ release, values }: ModuleContext<MqValues>): ChartInstance {
  const { enabled: _, istio: __, hosts: ___, releaseName, ...given } = values.rabbitmq;
  const matchLabels = {
    'app.kubernetes.io/name': (given.nameOverride as string) || 'rabbitmq',
    'app.kubernetes.io/instance': releaseName,
  };
  const spread = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels },
  }));
  return {
    pin: release.charts.rabbitmq!,
    releaseName,
    values: mergeValues(
      {
        // Containers may not raise the limit.
        ...(since(release, '1.22') ? { ulimitNofiles: '' } : {}),
        auth: {
          tls: { failIfNoPeerCert: false, existingSecret: certificateName, existingSecretFullChain: true },
        },
        clustering: { forceBoot: true },
        resources: { requests: { cpu: '100m', memory: '256Mi' } },
        podAntiAffinityPreset: '',
        topologySpreadConstraints: spread,
        // A budget of one for a single node would let no machine be drained, ever.
        pdb: { create: given.replicaCount > 1 },
      },
      given,
    ),
  };
}

export function rabbitmqObjects(
  { values: { namespace, rabbitmq } }: ModuleContext<MqValues>,
  labels: Record<string, string>,
): KubernetesObject[] {
  const { releaseName, istio, hosts, auth } = rabbitmq;
  const name = fullName(
    releaseName,
    (rabbitmq.nameOverride as string) || 'rabbitmq',
    rabbitmq.fullnameOverride as string,
  );
  const nodes = `${name}-headless`;
  const tcp = (auth.tls.enabled ? [5672, 5671] : [5672]).map((port) => ({
    match: [{ port }],
    route: routeTo(nodes, port),
  }));
  return [
    ...(auth.tls.enabled ? [certificate(hosts, namespace, labels)] : []),
    ...(istio.enabled
      ? [
          virtualService({
            name: 'rabbit-amqp',
            namespace,
            labels,
            host: hosts,
            gateway: istio.gateway,
            tcp,
            http: [{ route: routeTo(nodes, 15672) }],
          }),
        ]
      : []),
  ];
}

function certificate(dnsNames: string[], namespace: string, labels: Record<string, string>): KubernetesObject {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: certificateName, namespace, labels },
    spec: {
      secretName: certificateName,
      issuerRef: { name: 'letsencrypt-dns-prod', kind: 'ClusterIssuer' },
      dnsNames,
    },
  };
}
