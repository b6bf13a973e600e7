import { defineModule } from '../definition.ts';
import { privateGateway } from '../gateway/gateway.ts';
import { type GatewayValues, gatewayManifest, gatewayValues } from '../gateway/module.ts';

export const istioPrivateIngress = defineModule<GatewayValues>({
  id: 'istio-private-ingress',
  purpose: 'Private ingress gateway (in 1.21 part of istio-ingress)',
  dependsOn: ['istio', 'cert-manager'],
  releases: ['1.22'],
  values: gatewayValues,
  manifest: (context) => gatewayManifest(privateGateway, 'istio-private-ingress', context),
});
