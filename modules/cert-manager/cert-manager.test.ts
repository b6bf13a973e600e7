import { describe, expect, it } from 'vitest';
import { chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';

const certManager = (values: object = {}, all: object = {}, at: '1.21' | '1.22' = '1.22') =>
  manifest('cert-manager', at, { 'cert-manager': values, ...all });

const acme = {
  name: 'letsencrypt-dns-prod',
  server: 'https://acme.example.com/directory',
  email: 'platform@example.com',
  solvers: [{ dns01: { route53: { region: 'eu-central-1' } } }],
};

describe('cert-manager', () => {
  it('has the cluster’s own CA, and waits for the webhook before it', () => {
    const rendered = certManager();
    expect(names(rendered.objects)).toEqual([
      'ClusterIssuer kubezero-selfsigning-issuer',
      'Certificate cert-manager/kubezero-local-ca',
      'ClusterIssuer kubezero-local-ca-issuer',
    ]);
    expect(rendered.awaited?.map(({ object }) => object)).toEqual([
      'Deployment/cert-manager-webhook',
      'ValidatingWebhookConfiguration/cert-manager-webhook',
      'MutatingWebhookConfiguration/cert-manager-webhook',
    ]);
    expect(rendered.charts).toMatchObject([
      { pin: { chart: 'cert-manager', version: 'v1.8.0' }, delivery: 'cert-manager-component' },
    ]);
  });

  it('has ArgoCD apply the CA’s parts in their order', () => {
    const waves = certManager().objects.map(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-wave']);
    expect(waves).toEqual(['10', '11', '12']);
  });

  it('has the ACME issuer that application.yaml asks for', () => {
    const { objects } = certManager({ clusterIssuer: acme });
    expect(find(objects, 'ClusterIssuer', 'letsencrypt-dns-prod').spec.acme).toEqual({
      server: acme.server,
      email: acme.email,
      privateKeySecretRef: { name: 'letsencrypt-dns-prod' },
      solvers: acme.solvers,
    });
  });

  it('refuses half an issuer, of which KubeZero makes an invalid one or none', () => {
    expect(() => certManager({ clusterIssuer: { name: 'letsencrypt-dns-prod' } })).toThrow('clusterIssuer.server');
    expect(() => certManager({ clusterIssuer: { solvers: acme.solvers } })).toThrow('clusterIssuer.name');
  });

  it('solves challenges with the role of application.yaml, or else the one the infrastructure made', () => {
    const role = (values: object) => chartValues(certManager(values), 'cert-manager').extraEnv[0];
    expect(role({})).toEqual({ name: 'AWS_ROLE_ARN', value: 'arn:cert-manager' });
    expect(role({ IamArn: 'arn:own' })).toEqual({ name: 'AWS_ROLE_ARN', value: 'arn:own' });
    const without = manifest('cert-manager', '1.22', {}, { roleArns: {} });
    expect(chartValues(without, 'cert-manager').extraEnv).toBeUndefined();
  });

  it('is watched by Prometheus with the metrics module', () => {
    expect(chartValues(certManager(), 'cert-manager').prometheus.servicemonitor.enabled).toBe(false);
    const watched = certManager({}, { metrics: { enabled: true } }, '1.21');
    expect(chartValues(watched, 'cert-manager').prometheus.servicemonitor.enabled).toBe(true);
    expect(names(watched.objects)).toContain(
      'PrometheusRule cert-manager/cert-manager-kubezero-cert-manager-prometheus-rules',
    );
  });

  it('refuses what KubeZero’s umbrella chart never passed on', () => {
    expect(() => certManager({ localCA: { selfsigning: false } })).toThrow('always has a self-signed CA');
    expect(() => certManager({ 'cert-manager': { replicaCount: 2 } })).toThrow('had no effect');
  });
});
