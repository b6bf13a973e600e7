import { dashboard, p99, processes, rateBy, row, stat, timeSeries } from '../../dashboards/index.ts';
import { header } from './header.ts';

const etcd = 'job=~".*etcd.*"';

export const etcdDashboard = () =>
  dashboard({
    ...header('etcd', 'control plane'),
    uid: 'kubezero-etcd',
    rows: [
      [
        stat('Members up', [[`sum(up{${etcd}})`]], {
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        stat('Has a leader', [[`min(etcd_server_has_leader{${etcd}})`]], {
          texts: { 0: 'no', 1: 'yes' },
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        stat('Leader changes, last day', [[`max(increase(etcd_server_leader_changes_seen_total{${etcd}}[1d]))`]], {
          decimals: 0,
          thresholds: [[4, 'orange']],
        }),
        stat('Failed proposals, last hour', [[`sum(increase(etcd_server_proposals_failed_total{${etcd}}[1h]))`]], {
          decimals: 0,
          thresholds: [[5, 'orange']],
        }),
        stat('Database', [[`max(etcd_mvcc_db_total_size_in_bytes{${etcd}})`]], { unit: 'bytes' }),
        stat(
          'Database of its quota',
          [[`max(etcd_mvcc_db_total_size_in_bytes{${etcd}} / etcd_server_quota_backend_bytes{${etcd}})`]],
          {
            unit: 'percentunit',
            thresholds: [
              [0.75, 'orange'],
              [0.95, 'red'],
            ],
          },
        ),
      ],
      row('Disk', [
        timeSeries(
          'Syncing the log, slowest 1 %',
          [[p99('etcd_disk_wal_fsync_duration_seconds', etcd, 'instance'), '{{instance}}']],
          {
            unit: 's',
            width: 8,
            min: 0,
            thresholds: [
              [0.5, 'orange'],
              [1, 'red'],
            ],
            description: '10 ms are good.',
          },
        ),
        timeSeries(
          'Writing the database, slowest 1 %',
          [[p99('etcd_disk_backend_commit_duration_seconds', etcd, 'instance'), '{{instance}}']],
          { unit: 's', width: 8, min: 0, thresholds: [[0.25, 'orange']], description: '25 ms are good.' },
        ),
        timeSeries(
          'Size of the database',
          [
            [`etcd_mvcc_db_total_size_in_bytes{${etcd}}`, '{{instance}} file'],
            [`etcd_mvcc_db_total_size_in_use_in_bytes{${etcd}}`, '{{instance}} in use'],
          ],
          { unit: 'bytes', width: 8, min: 0, description: 'What isn’t in use, defragmenting gives back.' },
        ),
      ]),
      row('Requests', [
        timeSeries(
          'Requests',
          [
            [`sum(rate(grpc_server_started_total{${etcd},grpc_type="unary"}[$__rate_interval]))`, 'all'],
            [
              `sum by (grpc_code) (rate(grpc_server_handled_total{${etcd},grpc_type="unary",grpc_code!="OK"}[$__rate_interval]))`,
              '{{grpc_code}}',
            ],
          ],
          { unit: 'reqps', width: 8 },
        ),
        timeSeries(
          'Duration by method, slowest 1 %',
          [[p99('grpc_server_handling_seconds', `${etcd},grpc_type="unary"`, 'grpc_method'), '{{grpc_method}}']],
          { unit: 's', width: 8, min: 0 },
        ),
        timeSeries(
          'Watches',
          [
            [
              `sum(grpc_server_started_total{${etcd},grpc_service="etcdserverpb.Watch",grpc_type="bidi_stream"}) - sum(grpc_server_handled_total{${etcd},grpc_service="etcdserverpb.Watch",grpc_type="bidi_stream"})`,
              'watches',
            ],
            [
              `sum(grpc_server_started_total{${etcd},grpc_service="etcdserverpb.Lease",grpc_type="bidi_stream"}) - sum(grpc_server_handled_total{${etcd},grpc_service="etcdserverpb.Lease",grpc_type="bidi_stream"})`,
              'leases',
            ],
          ],
          { width: 8, min: 0 },
        ),
      ]),
      row('Consensus', [
        timeSeries(
          'Proposals',
          [
            [`sum(rate(etcd_server_proposals_committed_total{${etcd}}[$__rate_interval]))`, 'committed'],
            [`sum(rate(etcd_server_proposals_applied_total{${etcd}}[$__rate_interval]))`, 'applied'],
            [`sum(rate(etcd_server_proposals_failed_total{${etcd}}[$__rate_interval]))`, 'failed'],
            [`sum(etcd_server_proposals_pending{${etcd}})`, 'pending'],
          ],
          { width: 8 },
        ),
        timeSeries(
          'Round trip between members, slowest 1 %',
          [[p99('etcd_network_peer_round_trip_time_seconds', etcd, 'instance, To'), '{{instance}} to {{To}}']],
          { unit: 's', width: 8, min: 0, thresholds: [[0.15, 'orange']] },
        ),
        timeSeries(
          'Slow or failed',
          [
            [rateBy('instance', 'etcd_server_slow_apply_total', etcd), '{{instance}} slow to apply'],
            [rateBy('instance', 'etcd_server_heartbeat_send_failures_total', etcd), '{{instance}} heartbeat late'],
            [rateBy('instance', 'etcd_network_peer_sent_failures_total', etcd), '{{instance}} failed to send'],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
      ]),
      row('Traffic', [
        timeSeries(
          'With clients',
          [
            [rateBy('instance', 'etcd_network_client_grpc_received_bytes_total', etcd), '{{instance}} received'],
            [rateBy('instance', 'etcd_network_client_grpc_sent_bytes_total', etcd), '{{instance}} sent'],
          ],
          { unit: 'Bps', mirrored: '.* sent' },
        ),
        timeSeries(
          'Between members',
          [
            [rateBy('instance', 'etcd_network_peer_received_bytes_total', etcd), '{{instance}} received'],
            [rateBy('instance', 'etcd_network_peer_sent_bytes_total', etcd), '{{instance}} sent'],
          ],
          { unit: 'Bps', mirrored: '.* sent' },
        ),
      ]),
      processes(etcd),
    ],
  });
