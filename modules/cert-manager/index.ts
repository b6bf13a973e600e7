import { z } from 'zod';
import { awsIdentity, controlPlane, isEnabled, roleArn, standardLabels } from '../conventions.ts';
import { defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { mergeValues, moduleKeys, section } from '../schema.ts';
import { certManagerRules } from './rules.ts';

const values = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('cert-manager'),
    IamArn: z
      .string()
      .default('')
      .describe('Role for Route 53 DNS01 challenges; default: the one the infrastructure made.'),
    clusterIssuer: section({
      name: z.string().optional().describe('ACME ClusterIssuer; the gateways expect `letsencrypt-dns-prod`.'),
      server: z.string().optional().describe('ACME directory URL.'),
      email: z.string().optional(),
      solvers: z.array(z.record(z.string(), z.unknown())).default([]).describe('As of cert-manager’s ACME issuer.'),
    })
      .prefault({})
      .describe('ACME issuer besides the cluster’s own CA.'),
  });
type CertManagerValues = z.infer<ReturnType<typeof values>>;

/** The cluster's own CA: self-signed root certificate, and the issuer that signs with it. */
function localCa(labels: Record<string, string>, namespace: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name: 'kubezero-selfsigning-issuer', labels },
      spec: { selfSigned: {} },
    },
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'kubezero-local-ca', namespace, labels },
      spec: {
        secretName: 'kubezero-ca-tls',
        commonName: 'kubezero-local-ca',
        isCA: true,
        issuerRef: { name: 'kubezero-selfsigning-issuer', kind: 'ClusterIssuer' },
        usages: ['any'],
      },
    },
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name: 'kubezero-local-ca-issuer', labels },
      spec: { ca: { secretName: 'kubezero-ca-tls' } },
    },
  ];
}

function acmeIssuer(issuer: CertManagerValues['clusterIssuer'], labels: Record<string, string>): KubernetesObject[] {
  if (!issuer.name) return [];
  return [
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'ClusterIssuer',
      metadata: { name: issuer.name, labels },
      spec: {
        acme: {
          server: issuer.server,
          email: issuer.email,
          privateKeySecretRef: { name: issuer.name },
          solvers: issuer.solvers,
        },
      },
    },
  ];
}

function chartValues({ values, all, facts }: ModuleContext<CertManagerValues>) {
  const role = roleArn(facts, 'cert-manager', values.IamArn);
  return mergeValues(
    {
      installCRDs: false,
      global: { leaderElection: { namespace: values.namespace } },
      ...controlPlane,
      ingressShim: { defaultIssuerName: 'letsencrypt-dns-prod', defaultIssuerKind: 'ClusterIssuer' },
      webhook: { ...controlPlane },
      cainjector: { ...controlPlane },
      extraArgs: ['--dns01-recursive-nameservers-only'],
      prometheus: { servicemonitor: { enabled: isEnabled(all, 'metrics') } },
      startupapicheck: { enabled: false },
    },
    role
      ? { extraEnv: awsIdentity.env(role), volumes: [awsIdentity.volume], volumeMounts: [awsIdentity.volumeMount] }
      : {},
  );
}

export const certManager = defineModule<CertManagerValues>({
  id: 'cert-manager',
  purpose: 'TLS certificates: the cluster’s own CA, and ACME issuers',
  dependsOn: [],
  values,
  crds: ({ release }) => [{ from: 'template', pin: release.charts['cert-manager']!, values: { installCRDs: true } }],
  manifest(context) {
    const { release, values, all } = context;
    const labels = standardLabels(release, 'cert-manager');
    const webhook = (kind: string) => ({
      object: `${kind}/cert-manager-webhook`,
      apiVersion: 'admissionregistration.k8s.io/v1',
      // Until cainjector has filled this in, the API server can't call the webhook, and refuses issuers.
      until: 'jsonpath={.webhooks[0].clientConfig.caBundle}',
    });
    return {
      namespace: { name: values.namespace },
      charts: [
        {
          pin: release.charts['cert-manager']!,
          releaseName: 'cert-manager',
          values: chartValues(context),
          delivery: 'cert-manager-component',
        },
      ],
      objects: [
        ...localCa(labels, values.namespace),
        ...acmeIssuer(values.clusterIssuer, labels),
        ...(isEnabled(all, 'metrics') ? [certManagerRules(labels, values.namespace)] : []),
      ],
      awaited: [
        { object: 'Deployment/cert-manager-webhook', apiVersion: 'apps/v1', until: 'condition=Available' },
        webhook('ValidatingWebhookConfiguration'),
        webhook('MutatingWebhookConfiguration'),
      ],
    };
  },
});
