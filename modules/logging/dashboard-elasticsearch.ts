import { dashboard, row, stat, timeSeries, variable } from '../dashboards/index.ts';

const cluster = 'cluster="$cluster"';
const node = `${cluster},node=~"$node"`;
const rate = (metric: string) => `rate(es_${metric}{${node}}[$__rate_interval])`;
const now = (metric: string) => `es_${metric}{${node}}`;
const mean = (what: string) => `${rate(`indices_${what}_time_seconds`)} / ${rate(`indices_${what}_count`)}`;
const largest = (metric: string) => `max(es_cluster_${metric}{${cluster}})`;

/** Elasticsearch, by its own exporter’s metrics. */
export const elasticsearch = () =>
  dashboard({
    title: 'Logging: Elasticsearch',
    uid: 'kubezero-elasticsearch-logging',
    tags: ['logging', 'ECK'],
    variables: [
      variable('cluster', 'label_values(es_cluster_status, cluster)', { label: 'Cluster' }),
      variable('node', `label_values(es_jvm_uptime_seconds{${cluster}}, node)`, { label: 'Node', multi: true }),
    ],
    rows: [
      [
        stat('Status', [[largest('status')]], {
          texts: { 0: 'green', 1: 'yellow', 2: 'red' },
          thresholds: [
            [1, 'yellow'],
            [2, 'red'],
          ],
          background: true,
          description: 'Yellow: copies of shards are missing. Red: data is missing.',
        }),
        stat('Nodes', [[largest('nodes_number')]]),
        stat('With data', [[largest('datanodes_number')]]),
        stat('Tasks waiting', [[largest('pending_tasks_number')]], { thresholds: [[10, 'orange']] }),
        stat('Shards not assigned', [[`max(es_cluster_shards_number{${cluster},type="unassigned"})`]], {
          thresholds: [[1, 'orange']],
        }),
        stat('Fullest disk', [[`max(1 - ${now('fs_path_available_bytes')} / ${now('fs_path_total_bytes')})`]], {
          unit: 'percentunit',
          thresholds: [
            [0.8, 'orange'],
            [0.9, 'red'],
          ],
          description: 'At 85 % a node gets no more shards, at 95 % its indices become read-only.',
        }),
      ],
      row('Nodes', [
        timeSeries('CPU', [[now('os_cpu_percent'), '{{node}}']], { unit: 'percent', width: 8, min: 0, max: 100 }),
        timeSeries('Heap', [[`${now('jvm_mem_heap_used_bytes')}`, '{{node}}']], { unit: 'bytes', width: 8, min: 0 }),
        timeSeries('Memory of the machine', [[now('os_mem_used_bytes'), '{{node}}']], {
          unit: 'bytes',
          width: 8,
          min: 0,
        }),
        timeSeries('Disk', [[`1 - ${now('fs_path_available_bytes')} / ${now('fs_path_total_bytes')}`, '{{node}}']], {
          unit: 'percentunit',
          width: 8,
          min: 0,
          max: 1,
          thresholds: [
            [0.85, 'orange'],
            [0.95, 'red'],
          ],
        }),
        timeSeries('Garbage collection', [[rate('jvm_gc_collection_time_seconds'), '{{node}} {{gc}}']], {
          unit: 'percentunit',
          width: 8,
          description: 'Share of the time.',
        }),
        timeSeries('Collections', [[rate('jvm_gc_collection_count'), '{{node}} {{gc}}']], { unit: 'ops', width: 8 }),
      ]),
      row('Writing', [
        timeSeries('Documents', [[rate('indices_indexing_index_count'), '{{node}}']], { unit: 'cps', width: 8 }),
        timeSeries('Time for a document', [[mean('indexing_index'), '{{node}}']], { unit: 's', width: 8, min: 0 }),
        timeSeries(
          'Slowed down',
          [
            [rate('indices_indexing_throttle_time_seconds'), '{{node}} writing'],
            [rate('indices_merges_total_throttled_time_seconds'), '{{node}} merging'],
          ],
          { unit: 'percentunit', width: 8, min: 0, description: 'Share of the time.' },
        ),
        timeSeries('Kept', [[now('indices_doc_number'), '{{node}}']], {
          width: 8,
          description: 'Documents, with copies.',
        }),
        timeSeries('Deleted', [[rate('indices_doc_deleted_number'), '{{node}}']], { unit: 'cps', width: 8 }),
        timeSeries('Merged', [[rate('indices_merges_total_docs_count'), '{{node}}']], { unit: 'cps', width: 8 }),
      ]),
      row('Searching', [
        timeSeries('Queries', [[rate('indices_search_query_count'), '{{node}}']], { unit: 'reqps', width: 8 }),
        timeSeries('Time for a query', [[mean('search_query'), '{{node}}']], { unit: 's', width: 8, min: 0 }),
        timeSeries(
          'Cache of queries',
          [
            [rate('indices_querycache_hit_count'), '{{node}} hits'],
            [rate('indices_querycache_miss_number'), '{{node}} misses'],
          ],
          { unit: 'ops', width: 8 },
        ),
      ]),
      row(
        'Caches',
        [
          timeSeries(
            'Size',
            [
              [now('indices_querycache_cache_size_bytes'), '{{node}} queries'],
              [now('indices_fielddata_memory_size_bytes'), '{{node}} field data'],
            ],
            { unit: 'bytes' },
          ),
          timeSeries(
            'Pushed out',
            [
              [rate('indices_querycache_evictions_count'), '{{node}} queries'],
              [rate('indices_fielddata_evictions_count'), '{{node}} field data'],
            ],
            { unit: 'ops' },
          ),
        ],
        { collapsed: true },
      ),
    ],
  });
