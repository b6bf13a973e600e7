import type { z } from 'zod';
import { defineModule, type ModuleContext } from '../definition.ts';
import { publicGateway } from '../gateway/gateway.ts';
import { type GatewayValues, gatewayManifest, gatewayValues } from '../gateway/module.ts';
import { type BothGatewaysValues, bothGateways, bothGatewaysValues } from './v1.21.ts';

type IstioIngressValues = GatewayValues | BothGatewaysValues;

export const istioIngress = defineModule<IstioIngressValues>({
  id: 'istio-ingress',
  purpose: 'Public ingress gateway; in 1.21 the private one too',
  dependsOn: ['istio', 'cert-manager'],
  values: (release): z.ZodType<IstioIngressValues> => (release.id === '1.21' ? bothGatewaysValues() : gatewayValues()),
  manifest: (context) =>
    context.release.id === '1.21'
      ? bothGateways(context as ModuleContext<BothGatewaysValues>)
      : gatewayManifest(publicGateway, 'istio-ingress', context as ModuleContext<GatewayValues>),
});
