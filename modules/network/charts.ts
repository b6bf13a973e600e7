import { controlPlane } from '../conventions.ts';
import type { ChartInstance, ModuleContext } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import type { NetworkValues } from './schema.ts';

/** MetalLB; its addresses are the user's. */
export function metallb({ release, values }: ModuleContext<NetworkValues>): ChartInstance {
  const { enabled: _, ...given } = values.metallb;
  return {
    pin: release.charts.metallb!,
    releaseName: 'network',
    values: mergeValues({ psp: { create: false }, controller: { ...controlPlane }, configInline: {} }, given),
  };
}

/** Cilium over Geneve, one operator, without Hubble. */
export function cilium({ release, values }: ModuleContext<NetworkValues>): ChartInstance {
  const { enabled: _, ...given } = values.cilium;
  return {
    pin: release.charts.cilium!,
    releaseName: 'network',
    values: mergeValues(
      {
        // KubeZero leaves it to the user to switch this off with multus.
        cni: { exclusive: !values.multus.enabled },
        tunnel: 'geneve',
        prometheus: { enabled: false, port: 9091 },
        operator: { replicas: 1 },
        hubble: { enabled: false },
      },
      given,
    ),
  };
}
