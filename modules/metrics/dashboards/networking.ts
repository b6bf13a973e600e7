import { dashboard, dashboardUrl, namespaceVariable, row, timeSeries } from '../../dashboards/index.ts';
import { nodeExporter } from '../rules/jobs.ts';
import { podVariable, typeVariable, workloadVariable } from './compute.ts';
import { networkRow, networkTable, ofWorkload } from './compute-rows.ts';
import { header } from './header.ts';

const uids = {
  namespacePods: 'kubezero-namespace-by-pod',
  pod: 'kubezero-pod-total',
  workload: 'kubezero-workload-total',
};
const cell = '${__value.text}';
const inNamespace = 'namespace="$namespace"';

/** Segments of TCP sent again: packets that were lost. */
const tcp = () =>
  row('TCP', [
    timeSeries(
      'Segments sent again',
      [
        [
          `rate(node_netstat_Tcp_RetransSegs{${nodeExporter}}[$__rate_interval]) / rate(node_netstat_Tcp_OutSegs{${nodeExporter}}[$__rate_interval])`,
          '{{instance}}',
        ],
      ],
      { unit: 'percentunit', description: 'Share of all segments: packets are being lost. By machine.' },
    ),
    timeSeries(
      'Connection attempts sent again',
      [[`rate(node_netstat_TcpExt_TCPSynRetrans{${nodeExporter}}[$__rate_interval])`, '{{instance}}']],
      { unit: 'cps', description: 'Peers that don’t answer or drop SYN packets. By machine.' },
    ),
  ]);

export const clusterTotal = () => {
  const scope = {
    matchers: 'namespace!=""',
    by: 'namespace',
    title: 'Namespace',
    link: dashboardUrl(uids.namespacePods, { namespace: cell }),
  };
  return dashboard({
    ...header('Networking / cluster', 'networking'),
    uid: 'kubezero-cluster-total',
    rows: [[networkTable(scope)], networkRow(scope), tcp()],
  });
};

export const namespaceByPod = () => {
  const scope = {
    matchers: inNamespace,
    by: 'pod',
    title: 'Pod',
    link: dashboardUrl(uids.pod, { namespace: '$namespace', pod: cell }),
  };
  return dashboard({
    ...header('Networking / namespace, by pod', 'networking'),
    uid: uids.namespacePods,
    variables: [namespaceVariable()],
    rows: [[networkTable(scope)], networkRow(scope)],
  });
};

export const namespaceByWorkload = () => {
  const scope = {
    matchers: inNamespace,
    by: 'workload',
    title: 'Workload',
    join: ofWorkload(`${inNamespace},workload_type=~"$type"`),
    link: dashboardUrl(uids.workload, { namespace: '$namespace', workload: cell }),
  };
  return dashboard({
    ...header('Networking / namespace, by workload', 'networking'),
    uid: 'kubezero-namespace-by-workload',
    variables: [namespaceVariable(), typeVariable()],
    rows: [[networkTable(scope)], networkRow(scope)],
  });
};

export const podTotal = () => {
  const scope = { matchers: `${inNamespace},pod="$pod"`, by: 'interface', title: 'Interface' };
  return dashboard({
    ...header('Networking / pod', 'networking'),
    uid: uids.pod,
    variables: [namespaceVariable(), podVariable()],
    rows: [[networkTable(scope)], networkRow(scope)],
  });
};

export const workloadTotal = () => {
  const scope = {
    matchers: inNamespace,
    by: 'pod',
    title: 'Pod',
    join: ofWorkload(`${inNamespace},workload="$workload",workload_type=~"$type"`),
    link: dashboardUrl(uids.pod, { namespace: '$namespace', pod: cell }),
  };
  return dashboard({
    ...header('Networking / workload', 'networking'),
    uid: uids.workload,
    variables: [namespaceVariable(), typeVariable(), workloadVariable()],
    rows: [[networkTable(scope)], networkRow(scope)],
  });
};
