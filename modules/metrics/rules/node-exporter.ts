import { alert, type RuleGroup, record } from '../../rules.ts';
import { nodeExporter } from './jobs.ts';

const filesystem = `${nodeExporter},fstype!=""`;
const writable = `node_filesystem_readonly{${filesystem}} == 0`;
const space = { free: 'node_filesystem_avail_bytes', all: 'node_filesystem_size_bytes' };
const inodes = { free: 'node_filesystem_files_free', all: 'node_filesystem_files' };

const below = ({ free, all }: typeof space, percent: number) =>
  `${free}{${filesystem}} / ${all}{${filesystem}} * 100 < ${percent}`;
const low = (of: typeof space, percent: number) => `(${below(of, percent)} and ${writable})`;
const runsOut = (of: typeof space, percent: number, hours: number) =>
  `(${below(of, percent)} and predict_linear(${of.free}{${filesystem}}[6h], ${hours} * 60 * 60) < 0 and ${writable})`;

const disk = `${nodeExporter},device=~"mmcblk.p.+|nvme.+|rbd.+|sd.+|vd.+|xvd.+|dm-.+|dasd.+"`;
const where = '{{ $labels.device }} on {{ $labels.instance }}';
const remedy =
  'Find large logs and images (`crictl images`), enlarge the volume, or drain the node and replace its machine. The kubelet evicts pods when it gets too low.';
const fewInodes =
  'Many small files fill it: look for directories with a great number of files, or replace the machine.';

function networkErrors(direction: string) {
  return `rate(node_network_${direction}_errs_total[2m]) / rate(node_network_${direction}_packets_total[2m]) > 0.01`;
}

/** Machines: file systems, network, clock; and the series that dashboards of machines read. */
export const nodeExporterRules: RuleGroup[] = [
  {
    name: 'node-exporter',
    rules: [
      alert('NodeFilesystemSpaceFillingUp', {
        severity: 'warning',
        after: '1h',
        expr: runsOut(space, 40, 24),
        summary: `${where} will be full within a day.`,
        description: `It has {{ printf "%.2f" $value }} % left. ${remedy}`,
      }),
      alert('NodeFilesystemSpaceFillingUp', {
        severity: 'critical',
        after: '1h',
        expr: runsOut(space, 15, 4),
        summary: `${where} will be full within four hours.`,
        description: `It has {{ printf "%.2f" $value }} % left. ${remedy}`,
      }),
      alert('NodeFilesystemAlmostOutOfSpace', {
        severity: 'warning',
        after: '30m',
        expr: low(space, 5),
        summary: `${where} has less than 5 % left.`,
        description: `It has {{ printf "%.2f" $value }} % left. ${remedy}`,
      }),
      alert('NodeFilesystemAlmostOutOfSpace', {
        severity: 'critical',
        after: '30m',
        expr: low(space, 3),
        summary: `${where} has less than 3 % left.`,
        description: `It has {{ printf "%.2f" $value }} % left. ${remedy}`,
      }),
      alert('NodeFilesystemFilesFillingUp', {
        severity: 'warning',
        after: '1h',
        expr: runsOut(inodes, 40, 24),
        summary: `${where} will be out of inodes within a day.`,
        description: `{{ printf "%.2f" $value }} % are left. ${fewInodes}`,
      }),
      alert('NodeFilesystemFilesFillingUp', {
        severity: 'critical',
        after: '1h',
        expr: runsOut(inodes, 20, 4),
        summary: `${where} will be out of inodes within four hours.`,
        description: `{{ printf "%.2f" $value }} % are left. ${fewInodes}`,
      }),
      alert('NodeFilesystemAlmostOutOfFiles', {
        severity: 'warning',
        after: '1h',
        expr: low(inodes, 5),
        summary: `${where} has less than 5 % of its inodes left.`,
        description: `{{ printf "%.2f" $value }} % are left. ${fewInodes}`,
      }),
      alert('NodeFilesystemAlmostOutOfFiles', {
        severity: 'critical',
        after: '1h',
        expr: low(inodes, 3),
        summary: `${where} has less than 3 % of its inodes left.`,
        description: `{{ printf "%.2f" $value }} % are left. ${fewInodes}`,
      }),
      alert('NodeNetworkReceiveErrs', {
        severity: 'warning',
        after: '1h',
        expr: networkErrors('receive'),
        summary: `Network interface ${where} receives damaged packets.`,
        description: '{{ $value | humanizePercentage }} of the packets received have errors. Replace the machine.',
      }),
      alert('NodeNetworkTransmitErrs', {
        severity: 'warning',
        after: '1h',
        expr: networkErrors('transmit'),
        summary: `Network interface ${where} fails to send packets.`,
        description: '{{ $value | humanizePercentage }} of the packets sent have errors. Replace the machine.',
      }),
      alert('NodeHighNumberConntrackEntriesUsed', {
        severity: 'warning',
        expr: '(node_nf_conntrack_entries / node_nf_conntrack_entries_limit) > 0.75',
        summary: 'The connection table of {{ $labels.instance }} is nearly full.',
        description:
          '{{ $value | humanizePercentage }} of its entries are used; when it is full, new connections are dropped. Find the workload with so many connections, or raise `net.netfilter.nf_conntrack_max`.',
      }),
      alert('NodeTextFileCollectorScrapeError', {
        severity: 'warning',
        expr: `node_textfile_scrape_error{${nodeExporter}} == 1`,
        summary: 'node-exporter on {{ $labels.instance }} can’t read a text file with metrics.',
        description: 'What writes these files on the machine has failed; node-exporter’s log names the file.',
      }),
      alert('NodeClockSkewDetected', {
        severity: 'warning',
        after: '10m',
        expr: `(node_timex_offset_seconds > 0.05 and deriv(node_timex_offset_seconds[5m]) >= 0)
or (node_timex_offset_seconds < -0.05 and deriv(node_timex_offset_seconds[5m]) <= 0)`,
        summary: 'The clock of {{ $labels.instance }} is off and doesn’t come back.',
        description:
          'It is off by {{ $value }} s. Certificates and tokens of AWS depend on the time. Check chrony on the machine.',
      }),
      alert('NodeClockNotSynchronising', {
        severity: 'warning',
        after: '10m',
        expr: 'min_over_time(node_timex_sync_status[5m]) == 0 and node_timex_maxerror_seconds >= 16',
        summary: 'The clock of {{ $labels.instance }} isn’t synchronised.',
        description: 'Check chrony on the machine, and that it reaches its time server (169.254.169.123 on AWS).',
      }),
      alert('NodeRAIDDegraded', {
        severity: 'critical',
        after: '15m',
        expr: 'node_md_disks_required - ignoring (state) (node_md_disks{state="active"}) > 0',
        summary: `RAID array ${where} misses disks.`,
        description: 'It has no spare disk to recover with; another failure may lose data. Replace the machine.',
      }),
      alert('NodeRAIDDiskFailure', {
        severity: 'warning',
        expr: 'node_md_disks{state="failed"} > 0',
        summary: `A disk of RAID array ${where} has failed.`,
        description: 'Drain the node and replace its machine.',
      }),
      alert('NodeFileDescriptorLimit', {
        severity: 'warning',
        after: '15m',
        expr: `(node_filefd_allocated{${nodeExporter}} * 100 / node_filefd_maximum{${nodeExporter}} > 70)`,
        summary: '{{ $labels.instance }} runs out of file descriptors.',
        description:
          '{{ printf "%.2f" $value }} % are in use. Find the process that opens so many files or connections.',
      }),
      alert('NodeFileDescriptorLimit', {
        severity: 'critical',
        after: '15m',
        expr: `(node_filefd_allocated{${nodeExporter}} * 100 / node_filefd_maximum{${nodeExporter}} > 90)`,
        summary: '{{ $labels.instance }} is almost out of file descriptors.',
        description:
          '{{ printf "%.2f" $value }} % are in use; at 100 % nothing on the machine can open a file or connection. Drain the node if you can’t find the process.',
      }),
    ],
  },
  { name: 'node-exporter.rules', rules: nodeRecords() },
];

function nodeRecords() {
  const withoutLoopback = (what: string) =>
    `sum without (device) (rate(node_network_${what}_total{${nodeExporter},device!="lo"}[5m]))`;
  return [
    record(
      'instance:node_num_cpu:sum',
      `count without (cpu) (count without (mode) (node_cpu_seconds_total{${nodeExporter}}))`,
    ),
    record(
      'instance:node_cpu_utilisation:rate5m',
      `1 - avg without (cpu, mode) (rate(node_cpu_seconds_total{${nodeExporter},mode="idle"}[5m]))`,
    ),
    record(
      'instance:node_load1_per_cpu:ratio',
      `(node_load1{${nodeExporter}} / instance:node_num_cpu:sum{${nodeExporter}})`,
    ),
    record(
      'instance:node_memory_utilisation:ratio',
      `1 - (node_memory_MemAvailable_bytes{${nodeExporter}} / node_memory_MemTotal_bytes{${nodeExporter}})`,
    ),
    record('instance:node_vmstat_pgmajfault:rate5m', `rate(node_vmstat_pgmajfault{${nodeExporter}}[5m])`),
    record('instance_device:node_disk_io_time_seconds:rate5m', `rate(node_disk_io_time_seconds_total{${disk}}[5m])`),
    record(
      'instance_device:node_disk_io_time_weighted_seconds:rate5m',
      `rate(node_disk_io_time_weighted_seconds_total{${disk}}[5m])`,
    ),
    ...['receive_bytes', 'transmit_bytes', 'receive_drop', 'transmit_drop'].map((what) =>
      record(`instance:node_network_${what}_excluding_lo:rate5m`, withoutLoopback(what)),
    ),
  ];
}
