import { since } from '../../releases/range.ts';
import type { Release } from '../../releases/release.ts';
import { workerGroups } from '../conventions.ts';
import type { Values } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import type { LoggingValues } from './schema.ts';

/**
 * Values for fluent-bit, which reads the container logs of every node and forwards them to fluentd. A part of its
 * configuration that application.yaml has itself may be a template over these values, as in KubeZero.
 */
export function fluentBitValues(release: Release, { config }: LoggingValues['fluent-bit'], monitored: boolean): Values {
  // Ubuntu's machines have /etc/machine-id; Alpine's don't, and mounting it there keeps the pod from starting.
  const machineId = release.image.init === 'systemd';
  return {
    // 1.9.3 cures rare dead loops.
    ...(since(release, '1.22') ? { image: { tag: '1.9.3' } } : {}),
    testFramework: { enabled: false },
    serviceMonitor: { enabled: monitored, selector: { release: 'metrics' } },
    tolerations: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }, workerGroups],
    resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '64Mi' } },
    config: mergeValues(configuration(config), config),
    luaScripts: {
      // Fields parsed from a log line go below the namespace's name, so that namespaces can't clash over a field's type.
      'kubezero.lua': `function nest_k8s_ns(tag, timestamp, record)
  local namespace = record['kubernetes'] and record['kubernetes']['namespace_name']
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

/** fluent-bit's own files, unless application.yaml has them. */
function configuration(config: LoggingValues['fluent-bit']['config']): Values {
  const records = Object.entries(config.extraRecords ?? {});
  return {
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
  };
}
