import { z } from 'zod';
import type { RefusedKey } from '../definition.ts';
import { moduleKeys, section } from '../schema.ts';

const clusterIssuer = section({
  name: z.string().optional().describe('Name of the issuer; the gateways expect `letsencrypt-dns-prod`.'),
  server: z.string().optional().describe('URL of the ACME directory.'),
  email: z.string().optional().describe('Where the ACME server writes to about expiring certificates.'),
  solvers: z
    .array(z.record(z.string(), z.unknown()))
    .default([])
    .describe('How challenges are solved, as in cert-manager’s ACME issuer.'),
}).check(({ value, issues }) => {
  const problem = (key: 'name' | 'server', message: string) =>
    issues.push({ code: 'custom', input: value, path: [key], message });
  if (value.name && !value.server) problem('server', 'is needed: the URL of the ACME directory');
  const rest = value.server || value.email || value.solvers.length > 0;
  if (!value.name && rest) problem('name', 'is needed: without it there is no issuer');
});

/** `cert-manager` of application.yaml. */
export const certManagerValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('cert-manager').describe('Namespace of cert-manager and of the cluster’s own CA.'),
    IamArn: z
      .string()
      .default('')
      .describe('IAM role for DNS01 challenges in Route 53; default: the one the infrastructure made.'),
    clusterIssuer: clusterIssuer
      .prefault({})
      .describe('ACME ClusterIssuer besides the cluster’s own CA (`kubezero-local-ca-issuer`); default: none.'),
  });
export type CertManagerValues = z.infer<ReturnType<typeof certManagerValues>>;

export const certManagerRefused: RefusedKey[] = [
  {
    key: 'localCA',
    why: 'isn’t forwarded by KubeZero’s umbrella chart: the cluster always has a self-signed CA (Secret `kubezero-ca-tls`); for a CA of your own make another issuer',
  },
  {
    key: 'cert-manager',
    why: 'isn’t forwarded by KubeZero’s umbrella chart and had no effect: of the upstream chart’s values only the IAM role can be set, as `IamArn`',
  },
];
