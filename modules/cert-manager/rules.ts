import type { KubernetesObject } from '../definition.ts';

/** Alerts on cert-manager: absent, certificates about to expire or not ready, ACME rate limits hit. */
export function certManagerRules(labels: Record<string, string>, namespace: string): KubernetesObject {
  const alert = (name: string, severity: string, wait: string, expr: string, summary: string, description: string) => ({
    alert: name,
    expr,
    for: wait,
    labels: { severity },
    annotations: { summary, description },
  });
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'cert-manager-kubezero-cert-manager-prometheus-rules', namespace, labels },
    spec: {
      groups: [
        {
          name: 'cert-manager',
          rules: [
            alert(
              'CertManagerAbsent',
              'critical',
              '10m',
              'absent(up{job="cert-manager"})',
              'cert-manager isn’t scraped any more.',
              'No certificate can be issued or renewed until cert-manager is back.',
            ),
          ],
        },
        {
          name: 'certificates',
          rules: [
            alert(
              'CertManagerCertExpirySoon',
              'warning',
              '1h',
              'avg by (exported_namespace, namespace, name) (certmanager_certificate_expiration_timestamp_seconds - time()) < (21 * 24 * 3600)',
              'Certificate {{ $labels.name }} expires in {{ $value | humanizeDuration }}; it should have been renewed.',
              'Clients of what this certificate protects start to fail in {{ $value | humanizeDuration }}.',
            ),
            alert(
              'CertManagerCertNotReady',
              'critical',
              '10m',
              'max by (name, exported_namespace, namespace, condition) (certmanager_certificate_ready_status{condition!="True"} == 1)',
              'Certificate {{ $labels.name }} isn’t ready to serve traffic.',
              'The certificate hasn’t been ready for ten minutes.',
            ),
            alert(
              'CertManagerHittingRateLimits',
              'critical',
              '5m',
              'sum by (host) (rate(certmanager_http_acme_client_request_count{status="429"}[5m])) > 0',
              'cert-manager hits the rate limits of its ACME server.',
              'Depending on the limit, no certificate can be issued for up to a week.',
            ),
          ],
        },
      ],
    },
  };
}
