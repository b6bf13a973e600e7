import type { Requirement } from '../definition.ts';

interface Gateway {
  enabled?: boolean;
  certificates: { dnsNames: string[] }[];
  /** 1.21: names of a certificate that the certificates don't list. */
  dnsNames?: string[];
}

/** Values of a gateway module: one gateway, or in 1.21 both. */
type Gateways = Gateway | { public: Gateway; private: Gateway };

/** Istio for the gateway's pods and objects, and cert-manager where there are certificates. */
export const gatewayRequires: Requirement<Gateways>[] = [
  { module: 'istio' },
  {
    module: 'cert-manager',
    from(values) {
      if (!('public' in values)) return wantsCertificates(values) ? ['certificates'] : undefined;
      const wanting = (['public', 'private'] as const).find(
        (key) => values[key].enabled && wantsCertificates(values[key]),
      );
      return wanting && [wanting];
    },
  },
];

function wantsCertificates({ certificates, dnsNames = [] }: Gateway): boolean {
  return [...certificates, { dnsNames }].some((certificate) => certificate.dnsNames.length > 0);
}
