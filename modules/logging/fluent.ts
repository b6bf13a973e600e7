import type { Release } from '../../releases/release.ts';
import { workerGroups } from '../conventions.ts';
import type { Values } from '../definition.ts';
import type { LoggingValues } from './schema.ts';

/**
 * Values for fluentd, which takes logs from fluent-bit and writes them to Elasticsearch. KubeZero lets the chart's
 * configuration files be templates; here they are already filled in.
 */
export function fluentdValues(fluentd: LoggingValues['fluentd'], sharedKey: string, monitored: boolean): Values {
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
        valueFrom: { secretKeyRef: { name: 'logging-es-elastic-user', key: 'elastic' } },
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
  <match kube.logging.fluentd>
    @type relabel
    @label @FLUENT_LOG
  </match>
  <filter kube.logging.fluent-bit>
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
    hosts "${fluentd.output.host}"
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

/** Values for fluent-bit, which reads the container logs of every node and forwards them to fluentd. */
export function fluentBitValues(release: Release, { config }: LoggingValues['fluent-bit'], monitored: boolean): Values {
  // Ubuntu's machines have /etc/machine-id; Alpine's don't, and mounting it there keeps the pod from starting.
  const machineId = release.image.init === 'systemd';
  const records = Object.entries(config.extraRecords ?? {});
  return {
    // 1.9.3 cures rare dead loops.
    ...(release.id === '1.21' ? {} : { image: { tag: '1.9.3' } }),
    testFramework: { enabled: false },
    serviceMonitor: { enabled: monitored, selector: { release: 'metrics' } },
    tolerations: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }, workerGroups],
    resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '64Mi' } },
    config: {
      service: `[SERVICE]
    Flush ${config.flushInterval}
    Daemon Off
    Log_Level ${config.logLevel}
    Parsers_File parsers.conf
    Parsers_File custom_parsers.conf
    HTTP_Server On
    HTTP_Listen 0.0.0.0
    HTTP_Port 2020
    Health_Check On
`,
      inputs: `[INPUT]
    Name tail
    Path /var/log/containers/*.log
    multiline.parser cri
    Tag cri.*
    Skip_Long_Lines On
    DB /var/log/flb_kube.db
    DB.Sync Normal
    DB.locking true
    Mem_Buf_Limit ${config.input.memBufLimit}
    Refresh_Interval ${config.input.refreshInterval}
`,
      filters: `[FILTER]
    Name parser
    Match cri.*
    Parser cri-log
    Key_Name log

[FILTER]
    Name kubernetes
    Match cri.*
    Merge_Log On
    Merge_Log_Key kube
    Kube_Tag_Prefix cri.var.log.containers.
    Keep_Log Off
    K8S-Logging.Parser Off
    K8S-Logging.Exclude Off
    Kube_Meta_Cache_TTL 3600s
    Buffer_Size 0
${
  records.length > 0
    ? `
[FILTER]
    Name record_modifier
    Match cri.*
${records.map(([key, value]) => `    Record ${key} ${value}`).join('\n')}
`
    : ''
}
[FILTER]
    Name rewrite_tag
    Match cri.*
    Emitter_Name kube_tag_rewriter
    Rule $kubernetes['pod_id'] .* kube.$kubernetes['namespace_name'].$kubernetes['container_name'] false

[FILTER]
    Name lua
    Match kube.*
    script /fluent-bit/scripts/kubezero.lua
    call nest_k8s_ns
`,
      outputs: `[OUTPUT]
    Match *
    Name forward
    Host ${config.output.host}
    Port 24224
    Shared_Key ${config.output.sharedKey}
    tls ${config.output.tls ? 'on' : 'off'}
    Send_options true
    Require_ack_response true
`,
      customParsers: `[PARSER]
    Name cri-log
    Format regex
    Regex ^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>F|P) (?<log>.*)$
    Time_Key time
    Time_Format %Y-%m-%dT%H:%M:%S.%L%z
`,
    },
    luaScripts: {
      // Fields parsed from a log line go below the namespace's name, so that namespaces can't clash over a field's type.
      'kubezero.lua': `function nest_k8s_ns(tag, timestamp, record)
  local namespace = record['kubernetes']['namespace_name']
  if not namespace then
    return 0, 0, 0
  end
  local nested = {}
  for key, value in pairs(record) do
    if key == 'kube' then
      nested[key] = { [namespace] = value }
    else
      nested[key] = value
    end
  end
  return 1, timestamp, nested
end
`,
    },
    daemonSetVolumes: [
      { name: 'varlog', hostPath: { path: '/var/log' } },
      ...(machineId ? [{ name: 'etcmachineid', hostPath: { path: '/etc/machine-id', type: 'File' } }] : []),
    ],
    daemonSetVolumeMounts: [
      { name: 'varlog', mountPath: '/var/log' },
      ...(machineId ? [{ name: 'etcmachineid', mountPath: '/etc/machine-id', readOnly: true }] : []),
    ],
  };
}
