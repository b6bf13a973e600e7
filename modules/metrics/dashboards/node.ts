import { dashboard, gauge, row, stat, type Thresholds, timeSeries, variable } from '../../dashboards/index.ts';
import { nodeExporter } from '../rules/jobs.ts';
import { header } from './header.ts';
import { nodeDetails } from './node-details.ts';

const of = `${nodeExporter},instance=~"$instance"`;
const full: Thresholds = [
  [0.8, 'orange'],
  [0.95, 'red'],
];
const disks = `${of},fstype!~"tmpfs|ramfs|overlay|squashfs|nsfs|autofs"`;
const rate = (metric: string, matchers = of) => `rate(${metric}{${matchers}}[$__rate_interval])`;
const cpu = `avg by (mode) (${rate('node_cpu_seconds_total', `${of},mode!="idle"`)})`;

export const node = () =>
  dashboard({
    ...header('Node', 'node'),
    uid: 'kubezero-node',
    variables: [
      variable('node', `label_values(node_uname_info{${nodeExporter}}, nodename)`, { label: 'Node' }),
      variable('instance', `label_values(node_uname_info{${nodeExporter},nodename="$node"}, instance)`, {
        hidden: true,
      }),
    ],
    rows: [
      [
        gauge('CPU', [[`instance:node_cpu_utilisation:rate5m{${of}}`]], { thresholds: full }),
        gauge('Load per CPU', [[`instance:node_load1_per_cpu:ratio{${of}}`]], { thresholds: full, max: 2 }),
        gauge('Memory', [[`instance:node_memory_utilisation:ratio{${of}}`]], { thresholds: full }),
        gauge(
          'Fullest file system',
          [[`max(1 - node_filesystem_avail_bytes{${disks}} / node_filesystem_size_bytes{${disks}})`]],
          {
            thresholds: full,
          },
        ),
        stat('CPUs', [[`instance:node_num_cpu:sum{${of}}`]], { width: 2 }),
        stat('Memory', [[`node_memory_MemTotal_bytes{${of}}`]], { unit: 'bytes', width: 2, decimals: 0 }),
        stat('Up for', [[`time() - node_boot_time_seconds{${of}}`]], { unit: 's', width: 2, decimals: 0 }),
        stat('Kernel', [[`node_uname_info{${of}}`, '{{release}}']], { nameOnly: true, width: 2 }),
      ],
      row('CPU and memory', [
        timeSeries('CPU by mode', [[cpu, '{{mode}}']], {
          unit: 'percentunit',
          stack: true,
          min: 0,
          max: 1,
          description: 'Share of all CPUs; what is missing to the top is idle.',
        }),
        timeSeries(
          'Load',
          [
            [`node_load1{${of}}`, '1 minute'],
            [`node_load5{${of}}`, '5 minutes'],
            [`node_load15{${of}}`, '15 minutes'],
            [`instance:node_num_cpu:sum{${of}}`, 'capacity'],
          ],
          {
            dashed: 'capacity',
            min: 0,
            description: 'Threads that run or wait; above the dashed line they wait for a CPU.',
          },
        ),
        timeSeries(
          'Memory',
          [
            [
              `node_memory_MemTotal_bytes{${of}} - node_memory_MemFree_bytes{${of}} - node_memory_Buffers_bytes{${of}} - node_memory_Cached_bytes{${of}} - node_memory_SReclaimable_bytes{${of}}`,
              'in use',
            ],
            [`node_memory_Cached_bytes{${of}} + node_memory_SReclaimable_bytes{${of}}`, 'cache'],
            [`node_memory_Buffers_bytes{${of}}`, 'buffers'],
            [`node_memory_MemFree_bytes{${of}}`, 'free'],
          ],
          { unit: 'bytes', stack: true, min: 0 },
        ),
        timeSeries(
          'Waiting for CPU, memory, disk',
          [
            [rate('node_pressure_cpu_waiting_seconds_total'), 'CPU'],
            [rate('node_pressure_memory_waiting_seconds_total'), 'memory'],
            [rate('node_pressure_io_waiting_seconds_total'), 'disk'],
            [`instance:node_vmstat_pgmajfault:rate5m{${of}} / 1000`, 'pages read from disk, in thousands a second'],
          ],
          {
            unit: 'percentunit',
            min: 0,
            description: 'Share of the time in which a task had to wait (pressure stall information).',
          },
        ),
      ]),
      row('Disk', [
        timeSeries(
          'File systems',
          [[`1 - node_filesystem_avail_bytes{${disks}} / node_filesystem_size_bytes{${disks}}`, '{{mountpoint}}']],
          { unit: 'percentunit', min: 0, max: 1, thresholds: full },
        ),
        timeSeries('Busy', [[`instance_device:node_disk_io_time_seconds:rate5m{${of}}`, '{{device}}']], {
          unit: 'percentunit',
          min: 0,
          description: 'Share of the time in which the device worked.',
        }),
        timeSeries(
          'Throughput',
          [
            [rate('node_disk_read_bytes_total'), '{{device}} reads'],
            [rate('node_disk_written_bytes_total'), '{{device}} writes'],
          ],
          { unit: 'Bps', mirrored: '.* writes' },
        ),
        timeSeries(
          'Time per operation',
          [
            [
              `${rate('node_disk_read_time_seconds_total')} / ${rate('node_disk_reads_completed_total')}`,
              '{{device}} reads',
            ],
            [
              `${rate('node_disk_write_time_seconds_total')} / ${rate('node_disk_writes_completed_total')}`,
              '{{device}} writes',
            ],
          ],
          { unit: 's', min: 0 },
        ),
      ]),
      row('Network', [
        timeSeries(
          'Traffic',
          [
            [rate('node_network_receive_bytes_total', `${of},device!~"lo|veth.*|cali.*|lxc.*"`), '{{device}} received'],
            [rate('node_network_transmit_bytes_total', `${of},device!~"lo|veth.*|cali.*|lxc.*"`), '{{device}} sent'],
          ],
          { unit: 'Bps', mirrored: '.* sent', width: 8 },
        ),
        timeSeries(
          'Dropped',
          [
            [`instance:node_network_receive_drop_excluding_lo:rate5m{${of}}`, 'received'],
            [`instance:node_network_transmit_drop_excluding_lo:rate5m{${of}}`, 'sent'],
          ],
          { unit: 'pps', mirrored: 'sent', width: 8 },
        ),
        timeSeries(
          'Connections tracked',
          [
            [`node_nf_conntrack_entries{${of}}`, 'connections'],
            [`node_nf_conntrack_entries_limit{${of}}`, 'limit'],
          ],
          { dashed: 'limit', min: 0, width: 8 },
        ),
      ]),
      ...nodeDetails(of),
    ],
  });
