import { alert, type RuleGroup, record } from '../../rules.ts';
import { nodeExporter } from './jobs.ts';

const busy = (window: string) => `node_cpu_seconds_total{mode!="idle",mode!="iowait",mode!="steal"}[${window}]`;
const cpus = 'count by (instance) (sum by (instance, cpu) (node_cpu_seconds_total))';

/** What counts for everything scraped, and sums over machines. */
export const generalRules: RuleGroup[] = [
  {
    name: 'general.rules',
    rules: [
      alert('TargetDown', {
        severity: 'warning',
        after: '10m',
        expr: '100 * (count by (job, namespace, service) (up == 0) / count by (job, namespace, service) (up)) > 10',
        summary: '{{ $labels.job }} in namespace {{ $labels.namespace }} can’t be scraped.',
        description:
          '{{ printf "%.4g" $value }} % of its targets don’t answer, so alerts on them don’t fire. Prometheus shows the errors under Status, Targets.',
      }),
      alert('Watchdog', {
        severity: 'none',
        expr: 'vector(1)',
        summary: 'Alerting works.',
        description:
          'This alert always fires. Have whatever receives the alerts notice when it no longer arrives: then Prometheus, Alertmanager or the way from them is broken.',
      }),
    ],
  },
  {
    name: 'node-network',
    rules: [
      alert('NodeNetworkInterfaceFlapping', {
        severity: 'warning',
        after: '2m',
        expr: `changes(node_network_up{${nodeExporter},device!~"veth.+"}[2m]) > 2`,
        summary: 'Network interface {{ $labels.device }} goes up and down.',
        description: 'It does on {{ $labels.instance }}. Look into the kernel’s log there, or replace the machine.',
      }),
    ],
  },
  {
    name: 'kube-prometheus-node-recording.rules',
    rules: [
      record('instance:node_cpu:rate:sum', `sum by (instance) (rate(${busy('3m')}))`),
      record(
        'instance:node_network_receive_bytes:rate:sum',
        'sum by (instance) (rate(node_network_receive_bytes_total[3m]))',
      ),
      record(
        'instance:node_network_transmit_bytes:rate:sum',
        'sum by (instance) (rate(node_network_transmit_bytes_total[3m]))',
      ),
      record(
        'instance:node_cpu:ratio',
        `sum without (cpu, mode) (rate(${busy('5m')})) / on (instance) group_left () ${cpus}`,
      ),
      record('cluster:node_cpu:sum_rate5m', `sum(rate(${busy('5m')}))`),
      record(
        'cluster:node_cpu:ratio',
        'cluster:node_cpu:sum_rate5m / count(sum by (instance, cpu) (node_cpu_seconds_total))',
      ),
    ],
  },
  {
    name: 'kube-prometheus-general.rules',
    rules: [
      record('count:up1', 'count without (instance, pod, node) (up == 1)'),
      record('count:up0', 'count without (instance, pod, node) (up == 0)'),
    ],
  },
];
