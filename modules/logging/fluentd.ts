import type { KubernetesObject, Values } from '../definition.ts';
import type { LoggingValues } from './schema.ts';

interface Surroundings {
  /** Name of Elasticsearch; undefined where it isn't this module's. */
  elasticsearch?: string;
  namespace: string;
  /** What fluent-bit proves itself with. */
  sharedKey: string;
  monitored: boolean;
}

/** What KubeZero's copy of the chart leaves out: a configuration for systemd's journal, which isn't read. */
export function withoutSystemd(object: KubernetesObject): KubernetesObject | undefined {
  return object.metadata.name === 'fluentd-systemd-conf' ? undefined : object;
}

/**
 * Values for fluentd, which takes logs from fluent-bit and writes them to Elasticsearch. KubeZero lets the chart's
 * configuration files be templates; here they are already filled in.
 */
export function fluentdValues(
  fluentd: LoggingValues['fluentd'],
  { elasticsearch = 'logging', namespace, sharedKey, monitored }: Surroundings,
): Values {
  const configMap = (name: string, source: string) => ({ name, configMap: { name: source, defaultMode: 0o777 } });
  return {
    kind: 'Deployment',
    replicaCount: fluentd.replicaCount,
    image: { repository: 'public.ecr.aws/zero-downtime/fluentd-concenter', tag: 'v1.14.2' },
    service: {
      ports: [
        { name: 'tcp-forward', protocol: 'TCP', containerPort: 24224 },
        { name: 'http-fluentd', protocol: 'TCP', containerPort: 9880 },
      ],
    },
    metrics: { serviceMonitor: { enabled: monitored, additionalLabels: { release: 'metrics' } } },
    dashboards: { enabled: false },
    podSecurityPolicy: { enabled: false },
    volumes: [configMap('etcfluentd-main', 'fluentd-main'), configMap('etcfluentd-config', 'fluentd-config')],
    volumeMounts: [
      { name: 'etcfluentd-main', mountPath: '/etc/fluent' },
      { name: 'etcfluentd-config', mountPath: '/etc/fluent/config.d/' },
    ],
    resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    ...(fluentd.affinity ? { affinity: fluentd.affinity } : {}),
    env: [
      { name: 'FLUENTD_CONF', value: '../../etc/fluent/fluent.conf' },
      {
        name: 'OUTPUT_PASSWORD',
        valueFrom: { secretKeyRef: { name: `${elasticsearch}-es-elastic-user`, key: 'elastic' } },
      },
      ...(fluentd.extraEnvVars ?? []),
    ],
    fileConfigs: {
      '00_system.conf': `<system>
  root_dir /fluentd/log
  log_level info
  ignore_repeated_log_interval 60s
  ignore_same_log_interval 60s
  workers 1
</system>
`,
      '01_sources.conf': `<source>
  @type http
  @label @KUBERNETES
  port 9880
  bind 0.0.0.0
  keepalive_timeout 30
</source>
<source>
  @type forward
  @label @KUBERNETES
  port 24224
  bind 0.0.0.0
  send_keepalive_packet true
  <security>
    self_hostname "#{ENV['HOSTNAME']}"
    shared_key ${sharedKey}
  </security>
</source>
`,
      // Own logs are dropped, or an outage of Elasticsearch would feed on itself; a hash makes retries idempotent.
      '02_filters.conf': `<label @KUBERNETES>
  <match kube.${namespace}.fluentd>
    @type relabel
    @label @FLUENT_LOG
  </match>
  <filter kube.${namespace}.fluent-bit>
    @type grep
    <exclude>
      key log
      pattern /could not append content to multiline context/
    </exclude>
  </filter>
  <filter **>
    @type elasticsearch_genid
    use_entire_record true
  </filter>
  <match **>
    @type relabel
    @label @DISPATCH
  </match>
</label>
`,
      '04_outputs.conf': `<label @OUTPUT>
  <match **>
    @id out_es
    @type elasticsearch
    include_tag_key true
    id_key _hash
    remove_keys _hash
    write_operation create
    pipeline fluentd
    hosts "${fluentd.output.host ?? `${elasticsearch}-es-http`}"
    port 9200
    scheme http
    user elastic
    password "#{ENV['OUTPUT_PASSWORD']}"
    log_es_400_reason
    logstash_format true
    reconnect_on_error true
    reload_on_failure true
    request_timeout 300s
    slow_flush_log_threshold 55.0
    verify_es_version_at_startup false
    default_elasticsearch_version 7
    suppress_type_name true
    unrecoverable_error_types ["out_of_memory_error"]
    bulk_message_request_threshold 1048576
    <buffer>
      @type file
      flush_mode interval
      flush_thread_count 2
      flush_interval 10s
      chunk_limit_size 2MB
      total_limit_size 1GB
      flush_at_shutdown true
      retry_type exponential_backoff
      retry_timeout 6h
      overflow_action drop_oldest_chunk
      disable_chunk_backup true
    </buffer>
  </match>
</label>
`,
    },
  };
}
