import { awsIdentity, controlPlane, fullName, isEnabled, roleArn, standardLabels } from '../conventions.ts';
import { defineModule, type ModuleContext } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import { certManagerDashboards } from './dashboards.ts';
import { acmeIssuer, localCa } from './issuers.ts';
import { certManagerRules } from './rules.ts';
import { type CertManagerValues, certManagerRefused, certManagerValues } from './schema.ts';

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
  values: certManagerValues,
  refused: certManagerRefused,
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
        ...(isEnabled(all, 'metrics')
          ? [
              certManagerDashboards(fullName('cert-manager', 'kubezero-cert-manager'), values.namespace, labels),
              certManagerRules(labels, values.namespace),
            ]
          : []),
      ],
      awaited: [
        { object: 'Deployment/cert-manager-webhook', apiVersion: 'apps/v1', until: 'condition=Available' },
        webhook('ValidatingWebhookConfiguration'),
        webhook('MutatingWebhookConfiguration'),
      ],
    };
  },
});
