import type { KubernetesObject } from '../definition.ts';
import type { CertManagerValues } from './schema.ts';

const apiVersion = 'cert-manager.io/v1';

/** ArgoCD applies the CA and its issuers one after the other. */
const wave = (order: number) => ({ annotations: { 'argocd.argoproj.io/sync-wave': String(order) } });

/** The cluster's own CA: self-signed root certificate, and the issuer that signs with it. */
export function localCa(labels: Record<string, string>, namespace: string): KubernetesObject[] {
  const secretName = 'kubezero-ca-tls';
  const selfSigning = 'kubezero-selfsigning-issuer';
  return [
    {
      apiVersion,
      kind: 'ClusterIssuer',
      metadata: { name: selfSigning, labels, ...wave(10) },
      spec: { selfSigned: {} },
    },
    {
      apiVersion,
      kind: 'Certificate',
      metadata: { name: 'kubezero-local-ca', namespace, labels, ...wave(11) },
      spec: {
        secretName,
        commonName: 'kubezero-local-ca',
        isCA: true,
        issuerRef: { name: selfSigning, kind: 'ClusterIssuer' },
        usages: ['any'],
      },
    },
    {
      apiVersion,
      kind: 'ClusterIssuer',
      metadata: { name: 'kubezero-local-ca-issuer', labels, ...wave(12) },
      spec: { ca: { secretName } },
    },
  ];
}

/** The issuer of publicly trusted certificates, where application.yaml has one. */
export function acmeIssuer(
  { name, server, email, solvers }: CertManagerValues['clusterIssuer'],
  labels: Record<string, string>,
): KubernetesObject[] {
  if (!name) return [];
  return [
    {
      apiVersion,
      kind: 'ClusterIssuer',
      metadata: { name, labels },
      spec: { acme: { server, ...(email ? { email } : {}), privateKeySecretRef: { name }, solvers } },
    },
  ];
}
