import type { KubernetesObject } from '../definition.ts';
import { alert, prometheusRule } from '../rules.ts';

const certificate = 'Certificate {{ $labels.exported_namespace }}/{{ $labels.name }}';
const look = '`kubectl describe` of the certificate, its request, order and challenge says where it got stuck.';

/** Alerts on cert-manager: absent, certificates about to expire or not ready, ACME rate limits hit. */
export function certManagerRules(labels: Record<string, string>, namespace: string): KubernetesObject {
  return prometheusRule({ name: 'cert-manager-kubezero-cert-manager-prometheus-rules', namespace, labels }, [
    {
      name: 'cert-manager',
      rules: [
        alert('CertManagerAbsent', {
          severity: 'critical',
          after: '10m',
          expr: 'absent(up{job="cert-manager"})',
          summary: 'cert-manager isn’t scraped any more.',
          description: 'No certificate is issued or renewed until cert-manager is back. Look at its pod.',
        }),
      ],
    },
    {
      name: 'certificates',
      rules: [
        alert('CertManagerCertExpirySoon', {
          severity: 'warning',
          after: '1h',
          expr: `avg by (exported_namespace, namespace, name) (
  certmanager_certificate_expiration_timestamp_seconds - time()
) < (21 * 24 * 3600)`,
          summary: `${certificate} expires in {{ $value | humanizeDuration }}; it should have been renewed.`,
          description: `Clients of what it protects fail from then on. ${look}`,
        }),
        alert('CertManagerCertNotReady', {
          severity: 'critical',
          after: '10m',
          expr: `max by (name, exported_namespace, namespace, condition) (
  certmanager_certificate_ready_status{condition!="True"} == 1
)`,
          summary: `${certificate} isn’t ready to serve traffic.`,
          description: `It hasn’t been ready for ten minutes. ${look}`,
        }),
        alert('CertManagerHittingRateLimits', {
          severity: 'critical',
          after: '5m',
          expr: 'sum by (host) (rate(certmanager_http_acme_client_request_count{status="429"}[5m])) > 0',
          summary: 'cert-manager hits the rate limits of {{ $labels.host }}.',
          description:
            'Depending on the limit, no certificate can be issued for up to a week. Stop what keeps asking for new ones; failed attempts count too.',
        }),
      ],
    },
  ]);
}
