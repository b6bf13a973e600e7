import { fullName } from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext } from '../definition.ts';
import { routeTo } from '../exposure.ts';
import { mergeValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import type { MqValues } from './schema.ts';

export function natsChart({ release, values }: ModuleContext<MqValues>): ChartInstance {
  const { enabled: _, istio: __, releaseName, ...given } = values.nats;
  return {
    pin: release.charts.nats!,
    releaseName,
    values: mergeValues(
      {
        nats: { advertise: false, jetstream: { enabled: true } },
        natsbox: { enabled: false },
        mqtt: { enabled: false },
      },
      given,
    ),
  };
}

export function natsExposure(
  { values: { namespace, nats } }: ModuleContext<MqValues>,
  labels: Record<string, string>,
): KubernetesObject[] {
  const { releaseName, istio } = nats;
  if (!istio.enabled) return [];
  const server = fullName(releaseName, (nats.nameOverride as string) || 'nats', nats.fullnameOverride as string);
  return [
    virtualService({
      name: `${releaseName}-nats`,
      namespace,
      labels,
      host: istio.url,
      gateway: istio.gateway,
      tcp: [{ match: [{ port: 1883 }], route: routeTo(server, 1883) }],
    }),
  ];
}
