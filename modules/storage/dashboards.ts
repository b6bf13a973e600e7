import {
  barGauge,
  type DashboardSet,
  dashboard,
  dashboardsConfigMap,
  row,
  stat,
  type Thresholds,
  table,
  timeSeries,
  variable,
} from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';

const here = 'instance=~"$instance"';
const group = `${here},name=~"$volume_group"`;
const inGroup = `${here},vg=~"$volume_group"`;
const full: Thresholds = [
  [0.8, 'orange'],
  [0.9, 'red'],
];
const usedOf = (free: string, total: string, matchers: string) =>
  `1 - lvm_vg_${free}_bytes{${matchers}} / lvm_vg_${total}_bytes{${matchers}}`;

/** LVM's agents and node-exporter are scraped at different ports of the same machine. */
const withHost = (expr: string) => `label_replace(${expr}, "host", "$1", "instance", "(.*):.*")`;

/** A figure of the machines' disks, for the devices that are logical volumes of the groups. */
const volumeRate = (metric: string) =>
  `sum by (host, name) (${withHost(`rate(node_disk_${metric}{job="node-exporter"}[$__rate_interval])`)} * on (host, device) group_left (name) ${withHost(`max by (instance, device, name) (lvm_lv_total_size_bytes{${inGroup},device!=""}) > bool 0`)})`;

const dashboards: DashboardSet = () => ({
  'openebs-localpv-pool': dashboard({
    title: 'Local volumes (LVM)',
    uid: 'kubezero-openebs-localpv-pool',
    tags: ['kubezero', 'storage', 'openEBS'],
    from: 'now-6h',
    variables: [
      variable('instance', 'label_values(lvm_vg_total_size_bytes, instance)', { label: 'Node agent', multi: true }),
      variable('volume_group', `label_values(lvm_vg_total_size_bytes{${here}}, name)`, {
        label: 'Volume group',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('Size of all groups', [[`sum(lvm_vg_total_size_bytes{${group}})`]], { unit: 'bytes' }),
        stat('Free', [[`sum(lvm_vg_free_size_bytes{${group}})`]], { unit: 'bytes' }),
        stat('Logical volumes', [[`sum(lvm_vg_lv_count{${group}})`]]),
        stat('Snapshots', [[`sum(lvm_vg_snap_count{${group}})`]]),
        stat('Physical volumes', [[`sum(lvm_vg_pv_count{${group}})`]]),
        stat('Physical volumes missing', [[`sum(lvm_vg_missing_pv_count{${group}})`]], { thresholds: [[1, 'red']] }),
      ],
      [
        barGauge('Volume groups: in use', [[usedOf('free_size', 'total_size', group), '{{instance}} {{name}}']], {
          unit: 'percentunit',
          min: 0,
          max: 1,
          thresholds: full,
        }),
        barGauge(
          'Volume groups: metadata in use',
          [[usedOf('mda_free_size', 'mda_total_size', group), '{{instance}} {{name}}']],
          {
            unit: 'percentunit',
            min: 0,
            max: 1,
            thresholds: full,
          },
        ),
      ],
      row('Over time', [
        timeSeries('Free', [[`lvm_vg_free_size_bytes{${group}}`, '{{instance}} {{name}}']], {
          unit: 'bytes',
          min: 0,
          width: 8,
        }),
        timeSeries(
          'Volumes and snapshots',
          [
            [`lvm_vg_lv_count{${group}}`, '{{instance}} {{name}} volumes'],
            [`lvm_vg_snap_count{${group}}`, '{{instance}} {{name}} snapshots'],
          ],
          { min: 0, width: 8 },
        ),
        timeSeries(
          'Copies of the metadata',
          [
            [`lvm_vg_mda_count{${group}}`, '{{instance}} {{name}}'],
            [`lvm_vg_mda_used_count{${group}}`, '{{instance}} {{name}} in use'],
          ],
          { min: 0, width: 8 },
        ),
      ]),
      [
        table('Logical volumes', {
          by: [
            { label: 'instance', title: 'Node agent' },
            { label: 'vg', title: 'Volume group' },
            { label: 'name', title: 'Volume' },
            { label: 'segtype', title: 'Kind' },
          ],
          columns: [
            {
              title: 'Size',
              expr: `max by (instance, vg, name, segtype) (lvm_lv_total_size_bytes{${inGroup}})`,
              unit: 'bytes',
            },
            {
              title: 'In use (thin volumes and pools)',
              expr: `max by (instance, vg, name, segtype) (lvm_lv_used_percent{${inGroup},segtype=~"thin|thin-pool"})`,
              unit: 'percent',
              decimals: 1,
              thresholds: [
                [80, 'orange'],
                [90, 'red'],
              ],
            },
            {
              title: 'Snapshots in use',
              expr: `max by (instance, vg, name, segtype) (lvm_lv_snap_percent{${inGroup}})`,
              unit: 'percent',
              decimals: 1,
            },
          ],
          height: 10,
        }),
      ],
      row('Traffic of volumes', [
        timeSeries(
          'Throughput',
          [
            [volumeRate('read_bytes_total'), '{{name}} reads'],
            [volumeRate('written_bytes_total'), '{{name}} writes'],
          ],
          { unit: 'Bps', mirrored: '.* writes', width: 8 },
        ),
        timeSeries(
          'Operations',
          [
            [volumeRate('reads_completed_total'), '{{name}} reads'],
            [volumeRate('writes_completed_total'), '{{name}} writes'],
          ],
          { unit: 'iops', mirrored: '.* writes', width: 8 },
        ),
        timeSeries('Busy', [[volumeRate('io_time_seconds_total'), '{{name}}']], {
          unit: 'percentunit',
          min: 0,
          width: 8,
        }),
      ]),
      row(
        'Thin pools',
        [
          timeSeries('In use', [[`lvm_lv_used_percent{${inGroup},segtype="thin-pool"}`, '{{instance}} {{name}}']], {
            unit: 'percent',
            min: 0,
            max: 100,
            width: 8,
            thresholds: [[90, 'red']],
          }),
          timeSeries(
            'Metadata in use',
            [[`lvm_lv_mda_used_percent{${inGroup},segtype="thin-pool"}`, '{{instance}} {{name}}']],
            { unit: 'percent', min: 0, max: 100, width: 8, thresholds: [[90, 'red']] },
          ),
          timeSeries(
            'Health, and what happens when full',
            [
              [`lvm_lv_health_status{${inGroup},segtype="thin-pool"}`, '{{name}} health (0: well)'],
              [`lvm_lv_when_full{${inGroup},segtype="thin-pool"}`, '{{name}} when full (0: errors, 1: waits)'],
            ],
            { width: 8 },
          ),
        ],
        { collapsed: true },
      ),
      [
        table('Physical volumes', {
          by: [
            { label: 'instance', title: 'Node agent' },
            { label: 'vg', title: 'Volume group' },
            { label: 'name', title: 'Device' },
          ],
          columns: (
            [
              ['Size', 'total'],
              ['In use', 'used'],
              ['Free', 'free'],
            ] as const
          ).map(([title, what]) => ({
            title,
            expr: `max by (instance, vg, name) (lvm_pv_${what}_size_bytes{${inGroup}})`,
            unit: 'bytes' as const,
          })),
        }),
      ],
    ],
  }),
});

/** Dashboard of openEBS LVM’s volume groups. */
export function lvmDashboards(fullName: string, namespace: string, labels: Record<string, string>): KubernetesObject {
  return dashboardsConfigMap({
    name: `${fullName}-openebs-lvmlocalpv-grafana-dashboard`,
    namespace,
    labels,
    folder: 'KubeZero',
    dashboards,
  });
}
