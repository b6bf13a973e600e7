import { type Row, row, timeSeries } from '../../dashboards/index.ts';

/** Closed rows about a machine, for whoever looks for the cause of something. */
export function nodeDetails(of: string): Row[] {
  const rate = (metric: string) => `rate(${metric}{${of}}[$__rate_interval])`;
  const now = (metric: string) => `${metric}{${of}}`;
  const series = (entries: Record<string, string>): [string, string][] =>
    Object.entries(entries).map(([legend, expr]) => [expr, legend]);
  const closed = { collapsed: true };
  return [
    row(
      'Memory in detail',
      [
        timeSeries(
          'Active and inactive',
          series({
            'active, files': now('node_memory_Active_file_bytes'),
            'active, anonymous': now('node_memory_Active_anon_bytes'),
            'inactive, files': now('node_memory_Inactive_file_bytes'),
            'inactive, anonymous': now('node_memory_Inactive_anon_bytes'),
          }),
          { unit: 'bytes', width: 8, stack: true },
        ),
        timeSeries(
          'Kernel',
          series({
            'slab, can be freed': now('node_memory_SReclaimable_bytes'),
            'slab, can’t be freed': now('node_memory_SUnreclaim_bytes'),
            stacks: now('node_memory_KernelStack_bytes'),
            'page tables': now('node_memory_PageTables_bytes'),
            'per CPU': now('node_memory_Percpu_bytes'),
          }),
          { unit: 'bytes', width: 8, stack: true },
        ),
        timeSeries(
          'To be written',
          series({ dirty: now('node_memory_Dirty_bytes'), 'being written': now('node_memory_Writeback_bytes') }),
          { unit: 'bytes', width: 8 },
        ),
        timeSeries(
          'Promised',
          series({ promised: now('node_memory_Committed_AS_bytes'), limit: now('node_memory_CommitLimit_bytes') }),
          { unit: 'bytes', width: 8, dashed: 'limit' },
        ),
        timeSeries(
          'Page faults',
          series({ all: rate('node_vmstat_pgfault'), 'from disk': rate('node_vmstat_pgmajfault') }),
          { unit: 'ops', width: 8 },
        ),
        timeSeries('Killed for want of memory', series({ processes: `increase(node_vmstat_oom_kill{${of}}[5m])` }), {
          width: 8,
          min: 0,
        }),
      ],
      closed,
    ),
    row(
      'Processes',
      [
        timeSeries(
          'Processes',
          series({ running: now('node_procs_running'), 'waiting for disk': now('node_procs_blocked') }),
          { width: 8, min: 0 },
        ),
        timeSeries('Started', series({ forks: rate('node_forks_total') }), { unit: 'ops', width: 8 }),
        timeSeries(
          'Context switches and interrupts',
          series({ switches: rate('node_context_switches_total'), interrupts: rate('node_intr_total') }),
          { unit: 'ops', width: 8 },
        ),
        timeSeries('Files open', series({ open: now('node_filefd_allocated'), limit: now('node_filefd_maximum') }), {
          width: 8,
          dashed: 'limit',
        }),
        timeSeries('Entropy', series({ bits: now('node_entropy_available_bits') }), { width: 8, min: 0 }),
        timeSeries(
          'Packets that CPUs didn’t get to',
          series({
            dropped: `sum(${rate('node_softnet_dropped_total')})`,
            'put off': `sum(${rate('node_softnet_times_squeezed_total')})`,
          }),
          { unit: 'pps', width: 8, min: 0 },
        ),
      ],
      closed,
    ),
    row(
      'Disk in detail',
      [
        timeSeries(
          'Operations',
          [
            [rate('node_disk_reads_completed_total'), '{{device}} reads'],
            [rate('node_disk_writes_completed_total'), '{{device}} writes'],
          ],
          { unit: 'iops', width: 8, mirrored: '.* writes' },
        ),
        timeSeries(
          'Waiting operations',
          [[`instance_device:node_disk_io_time_weighted_seconds:rate5m{${of}}`, '{{device}}']],
          { width: 8, min: 0 },
        ),
        timeSeries(
          'Inodes in use',
          [[`1 - ${now('node_filesystem_files_free')} / ${now('node_filesystem_files')}`, '{{mountpoint}}']],
          { unit: 'percentunit', width: 8, min: 0, max: 1 },
        ),
      ],
      closed,
    ),
    row(
      'Network in detail',
      [
        timeSeries(
          'TCP connections',
          series({
            established: now('node_netstat_Tcp_CurrEstab'),
            'sockets in use': now('node_sockstat_TCP_inuse'),
            'waiting to close': now('node_sockstat_TCP_tw'),
            orphaned: now('node_sockstat_TCP_orphan'),
          }),
          { width: 8 },
        ),
        timeSeries(
          'TCP errors',
          series({
            'sent again': rate('node_netstat_Tcp_RetransSegs'),
            'listen queue full': rate('node_netstat_TcpExt_ListenOverflows'),
            'connections dropped': rate('node_netstat_TcpExt_ListenDrops'),
            'bad segments': rate('node_netstat_Tcp_InErrs'),
          }),
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries(
          'UDP errors',
          series({
            'no port': rate('node_netstat_Udp_NoPorts'),
            'receive buffer full': rate('node_netstat_Udp_RcvbufErrors'),
            'send buffer full': rate('node_netstat_Udp_SndbufErrors'),
            'bad datagrams': rate('node_netstat_Udp_InErrors'),
          }),
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries(
          'Packets with errors',
          [
            [rate('node_network_receive_errs_total'), '{{device}} received'],
            [rate('node_network_transmit_errs_total'), '{{device}} sent'],
          ],
          { unit: 'pps', width: 8, mirrored: '.* sent' },
        ),
        timeSeries('Clock', series({ 'off by': now('node_timex_offset_seconds') }), { unit: 's', width: 8 }),
        timeSeries(
          'Time to collect these figures',
          [[now('node_scrape_collector_duration_seconds'), '{{collector}}']],
          {
            unit: 's',
            width: 8,
          },
        ),
      ],
      closed,
    ),
  ];
}
