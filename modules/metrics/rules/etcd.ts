import { alert, type RuleGroup } from '../../rules.ts';

const etcd = 'job=~".*etcd.*"';
/** Members are known by instance and pod; without both, series are the cluster’s. */
const members = 'without (instance, pod)';
const p99 = (histogram: string) => `histogram_quantile(0.99, rate(${histogram}_bucket{${etcd}}[5m]))`;
const usedShare = '(etcd_mvcc_db_total_size_in_bytes / etcd_server_quota_backend_bytes) * 100';

/** etcd: members, leader, disks, and the size of the database. */
export const etcdRules: RuleGroup[] = [
  {
    name: 'etcd',
    rules: [
      alert('etcdMembersDown', {
        severity: 'critical',
        after: '10m',
        expr: `max without (endpoint) (
  sum ${members} (up{${etcd}} == bool 0)
  or
  count without (To) (sum ${members} (rate(etcd_network_peer_sent_failures_total{${etcd}}[120s])) > 0.01)
) > 0`,
        summary: '{{ $value }} etcd members are down.',
        description:
          'With three members the cluster survives one loss, with one it is down. Check the control-plane machines in the auto-scaling groups, then etcd’s container on them; a member that is gone for good is replaced with its machine.',
      }),
      alert('etcdInsufficientMembers', {
        severity: 'critical',
        after: '3m',
        expr: `sum ${members} (up{${etcd}} == bool 1) < ((count ${members} (up{${etcd}}) + 1) / 2)`,
        summary: 'etcd has lost its quorum: {{ $value }} members are left.',
        description:
          'The API server can’t write any more; what runs keeps running. Bring a member back. If its machine or volume is lost, restore the newest backup from the backup bucket.',
      }),
      alert('etcdNoLeader', {
        severity: 'critical',
        after: '1m',
        expr: `etcd_server_has_leader{${etcd}} == 0`,
        summary: 'etcd member {{ $labels.instance }} sees no leader.',
        description:
          'It takes neither reads nor writes. Check that the members reach each other on port 2380 and whether their disks are fast enough.',
      }),
      alert('etcdHighNumberOfLeaderChanges', {
        severity: 'warning',
        after: '5m',
        expr: `increase((
  max ${members} (etcd_server_leader_changes_seen_total{${etcd}})
  or 0 * absent(etcd_server_leader_changes_seen_total{${etcd}})
)[15m:1m]) >= 4`,
        summary: 'etcd changed its leader {{ $value }} times within 15 minutes.',
        description:
          'Each election stops all writes for a moment. Causes are slow disks, packet loss between zones, or members short of CPU.',
      }),
      alert('etcdGRPCRequestsSlow', {
        severity: 'critical',
        after: '10m',
        expr: `histogram_quantile(0.99,
  sum without (grpc_type) (rate(grpc_server_handling_seconds_bucket{${etcd}, grpc_type="unary"}[5m]))
) > 0.15`,
        summary: 'etcd member {{ $labels.instance }} answers slowly.',
        description:
          'The slowest 1 % of {{ $labels.grpc_method }} take {{ $value | humanizeDuration }}. The API server gets slow with it. Check the member’s disk and CPU, and what lists large numbers of objects.',
      }),
      alert('etcdMemberCommunicationSlow', {
        severity: 'warning',
        after: '10m',
        expr: `${p99('etcd_network_peer_round_trip_time_seconds')} > 0.15`,
        summary: 'etcd member {{ $labels.instance }} reaches member {{ $labels.To }} slowly.',
        description:
          'A round trip takes {{ $value | humanizeDuration }}; between zones of a region it should be a few milliseconds. Check the network and the load of both machines.',
      }),
      alert('etcdHighNumberOfFailedProposals', {
        severity: 'warning',
        after: '15m',
        expr: `rate(etcd_server_proposals_failed_total{${etcd}}[15m]) > 5`,
        summary: 'Writes to etcd fail on member {{ $labels.instance }}.',
        description: '{{ $value }} proposals a second fail: there are elections going on, or there is no quorum.',
      }),
      alert('etcdHighFsyncDurations', {
        severity: 'warning',
        after: '10m',
        expr: `${p99('etcd_disk_wal_fsync_duration_seconds')} > 0.5`,
        summary: 'The disk of etcd member {{ $labels.instance }} is slow.',
        description:
          'Syncing the log takes {{ $value | humanizeDuration }} in the slowest 1 % of cases; 10 ms would be good. Check the volume’s throughput and burst credits.',
      }),
      alert('etcdHighFsyncDurations', {
        severity: 'critical',
        after: '10m',
        expr: `${p99('etcd_disk_wal_fsync_duration_seconds')} > 1`,
        summary: 'The disk of etcd member {{ $labels.instance }} is too slow for etcd.',
        description:
          'Syncing the log takes {{ $value | humanizeDuration }} in the slowest 1 % of cases: elections and timeouts of the API server follow. Move the member to a faster volume.',
      }),
      alert('etcdHighCommitDurations', {
        severity: 'warning',
        after: '10m',
        expr: `${p99('etcd_disk_backend_commit_duration_seconds')} > 0.25`,
        summary: 'etcd member {{ $labels.instance }} commits slowly.',
        description:
          'Writing the database takes {{ $value | humanizeDuration }} in the slowest 1 % of cases. Check the volume, and the size of the database.',
      }),
      alert('etcdBackendQuotaLowSpace', {
        severity: 'critical',
        after: '10m',
        expr: `${usedShare} > 95`,
        summary: 'The database of etcd member {{ $labels.instance }} is nearly full.',
        description:
          'It has {{ $value }} % of its quota; at 100 % etcd refuses writes and the cluster can’t change any more. Find out which objects grow (events, completed jobs, releases of charts), delete some, then run `etcdctl defrag` on one member after the other.',
      }),
      alert('etcdExcessiveDatabaseGrowth', {
        severity: 'warning',
        after: '10m',
        expr: `increase((${usedShare})[240m:1m]) > 50`,
        summary: 'The database of etcd member {{ $labels.instance }} grows fast.',
        description:
          'It took another {{ $value }} % of its quota within four hours. Find out who writes so much before it is full: the API server’s dashboard shows writes by resource.',
      }),
    ],
  },
];
