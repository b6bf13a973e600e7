import { defineModule } from '../definition.ts';
import { privateGateway } from '../gateway/gateway.ts';
import { gatewayManifest, gatewayRequires, refusedGatewayKeys } from '../gateway/module.ts';
import { type GatewayValues, gatewayValues } from '../gateway/schema.ts';

export const istioPrivateIngress = defineModule<GatewayValues>({
  id: 'istio-private-ingress',
  purpose: 'Private ingress gateway (in 1.21 part of istio-ingress)',
  dependsOn: ['istio', 'cert-manager'],
  requires: gatewayRequires,
  since: '1.22',
  values: () => gatewayValues(privateGateway),
  refused: refusedGatewayKeys,
  manifest: (context) => gatewayManifest(privateGateway, 'istio-private-ingress', context),
});
