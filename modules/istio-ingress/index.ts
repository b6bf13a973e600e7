import type { z } from 'zod';
import { since } from '../../releases/range.ts';
import { defineModule, type ModuleContext } from '../definition.ts';
import { publicGateway } from '../gateway/gateway.ts';
import { gatewayManifest, refusedGatewayKeys } from '../gateway/module.ts';
import { type GatewayValues, gatewayValues, wantsCertificates } from '../gateway/schema.ts';
import { type BothGatewaysValues, bothGatewaysValues, refusedOfBoth } from './schema-1.21.ts';
import { allCertificates, bothGateways } from './v1.21.ts';

type IstioIngressValues = GatewayValues | BothGatewaysValues;

/** Where the values ask for certificates: of the one gateway, or in 1.21 of either. */
function certificatesAt(values: IstioIngressValues): string[] | undefined {
  if (!('public' in values)) return wantsCertificates(values.certificates) ? ['certificates'] : undefined;
  const asking = (['public', 'private'] as const).find(
    (key) => values[key].enabled && wantsCertificates(allCertificates(key, values[key])),
  );
  return asking && [asking];
}

export const istioIngress = defineModule<IstioIngressValues>({
  id: 'istio-ingress',
  purpose: 'Public ingress gateway; in 1.21 the private one too',
  dependsOn: ['istio', 'cert-manager'],
  requires: [{ module: 'istio' }, { module: 'cert-manager', from: certificatesAt }],
  values: (release): z.ZodType<IstioIngressValues> =>
    since(release, '1.22') ? gatewayValues(publicGateway) : bothGatewaysValues(),
  refused: [
    ...['public', 'private', 'global'].map((key) => ({
      key,
      why: 'is how 1.21 has its gateways: `kubezero migrate` brings it into the form of 1.22',
      since: '1.22',
    })),
    ...refusedGatewayKeys.map((refused) => ({ ...refused, since: '1.22' })),
    ...refusedOfBoth.map((refused) => ({ ...refused, until: '1.22' })),
  ],
  manifest: (context) =>
    since(context.release, '1.22')
      ? gatewayManifest(publicGateway, 'istio-ingress', context as ModuleContext<GatewayValues>)
      : bothGateways(context as ModuleContext<BothGatewaysValues>),
});
