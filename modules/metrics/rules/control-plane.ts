import { alert, type RuleGroup } from '../../rules.ts';
import { apiServer } from './jobs.ts';

/** Errors that the API servers may make: 1 % of the requests of 30 days. */
const errorBudget = 0.01;

const burns = (short: string, long: string, after: string, severity: 'critical' | 'warning', factor: number) => {
  const over = (window: string) =>
    `sum(apiserver_request:burnrate${window}) > (${factor.toFixed(2)} * ${errorBudget.toFixed(5)})`;
  return alert('KubeAPIErrorBudgetBurn', {
    severity,
    after,
    labels: { long, short },
    expr: `${over(long)} and ${over(short)}`,
    summary: 'Too many requests to the API servers fail or are slow.',
    description: `At the rate of the last ${long}, the errors allowed for 30 days are used up ${factor} times as fast as planned. The API server’s dashboard shows which verbs and resources; check etcd, and webhooks that don’t answer.`,
  });
};

const clientCertificates = (seconds: number) =>
  `apiserver_client_certificate_expiration_seconds_count{${apiServer}} > 0
and on (job) histogram_quantile(0.01,
  sum by (job, le) (rate(apiserver_client_certificate_expiration_seconds_bucket{${apiServer}}[5m]))
) < ${seconds}`;
const renew =
  'Controllers and kubelets renew theirs when the control plane is upgraded or its machines are replaced; a kubeconfig made for people has to be made again.';

const gone = (name: string, what: string, job: string, consequence: string) =>
  alert(name, {
    severity: 'critical',
    after: '15m',
    expr: `absent(up{${job}} == 1)`,
    summary: `${what} can’t be scraped: it is down, or Prometheus doesn’t find it.`,
    description: consequence,
  });

/** API servers, controller manager and scheduler. */
export const controlPlaneRules: RuleGroup[] = [
  {
    name: 'kubernetes-system',
    rules: [
      alert('KubeVersionMismatch', {
        severity: 'warning',
        after: '15m',
        expr: `count(count by (git_version) (
  label_replace(kubernetes_build_info{job!~"kube-dns|coredns"}, "git_version", "$1", "git_version", "(v[0-9]*.[0-9]*).*")
)) > 1`,
        summary: 'Parts of Kubernetes run {{ $value }} different versions.',
        description:
          'That is as it should be while an upgrade goes on. Otherwise machines are left over from before: `kubectl get nodes`.',
      }),
      alert('KubeClientErrors', {
        severity: 'warning',
        after: '15m',
        expr: `(
  sum by (instance, job, namespace) (rate(rest_client_requests_total{code=~"5.."}[5m]))
  / sum by (instance, job, namespace) (rate(rest_client_requests_total[5m]))
) > 0.01`,
        summary: '{{ $labels.job }} on {{ $labels.instance }} gets errors from the API server.',
        description: '{{ $value | humanizePercentage }} of its requests fail. Check the API servers and etcd.',
      }),
    ],
  },
  {
    name: 'kube-apiserver-slos',
    rules: [
      burns('5m', '1h', '2m', 'critical', 14.4),
      burns('30m', '6h', '15m', 'critical', 6),
      burns('2h', '1d', '1h', 'warning', 3),
      burns('6h', '3d', '3h', 'warning', 1),
    ],
  },
  {
    name: 'kubernetes-system-apiserver',
    rules: [
      alert('KubeClientCertificateExpiration', {
        severity: 'warning',
        expr: clientCertificates(7 * 24 * 3600),
        summary: 'A client of the API server uses a certificate that expires within a week.',
        description: renew,
      }),
      alert('KubeClientCertificateExpiration', {
        severity: 'critical',
        expr: clientCertificates(24 * 3600),
        summary: 'A client of the API server uses a certificate that expires within a day.',
        description: renew,
      }),
      alert('AggregatedAPIErrors', {
        severity: 'warning',
        expr: 'sum by (name, namespace) (increase(aggregator_unavailable_apiservice_total[10m])) > 4',
        summary: 'API {{ $labels.name }} keeps becoming unavailable.',
        description:
          'It did {{ $value | humanize }} times within ten minutes. It is served by a pod of the cluster (metrics.k8s.io: prometheus-adapter); see that pod.',
      }),
      alert('AggregatedAPIDown', {
        severity: 'warning',
        after: '5m',
        expr: '(1 - max by (name, namespace) (avg_over_time(aggregator_unavailable_apiservice[10m]))) * 100 < 85',
        summary: 'API {{ $labels.name }} is mostly unavailable.',
        description:
          'It was available {{ $value | humanize }} % of the last ten minutes. Autoscalers wait for it, and namespaces can’t be deleted. `kubectl get apiservice` says why.',
      }),
      gone(
        'KubeAPIDown',
        'The API server',
        apiServer,
        'Check the control-plane machines and the DNS records of the API endpoint. What runs keeps running.',
      ),
      alert('KubeAPITerminatedRequests', {
        severity: 'warning',
        after: '5m',
        expr: `sum(rate(apiserver_request_terminations_total{${apiServer}}[10m])) / (
  sum(rate(apiserver_request_total{${apiServer}}[10m])) + sum(rate(apiserver_request_terminations_total{${apiServer}}[10m]))
) > 0.20`,
        summary: 'The API servers cut off {{ $value | humanizePercentage }} of the requests.',
        description:
          'They are overloaded. See which clients ask so much, and give the control plane larger machines if they have a reason to.',
      }),
    ],
  },
  {
    name: 'kubernetes-system-scheduler',
    rules: [
      gone(
        'KubeSchedulerDown',
        'The scheduler',
        'job="kube-scheduler"',
        'New pods stay pending. Check its static pods on the control-plane machines.',
      ),
    ],
  },
  {
    name: 'kubernetes-system-controller-manager',
    rules: [
      gone(
        'KubeControllerManagerDown',
        'The controller manager',
        'job="kube-controller-manager"',
        'Pods that end aren’t replaced, and changes to workloads have no effect. Check its static pods on the control-plane machines.',
      ),
    ],
  },
];
