import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import { checkValues } from '../values.ts';

const nodeSets = [{ name: 'default', count: 2, storage: { size: '16Gi' }, zone: 'eu-central-1a' }];
const elastic = (more: object = {}) => ({
  fullnameOverride: 'logging',
  elastic_password: 'secret',
  'eck-operator': { enabled: true },
  es: { nodeSets },
  ...more,
});

function problems(logging: object, at: ReleaseId = '1.22', all: object = { istio: { enabled: true } }) {
  return checkValues({ logging: { enabled: true, ...logging }, ...all }, release(at)).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('logging', () => {
  it('has only what is switched on', () => {
    expect(charts(manifest('logging', '1.22'))).toEqual([]);
    const logging = { 'eck-operator': { enabled: true }, fluentd: { enabled: true }, 'fluent-bit': { enabled: true } };
    expect(charts(manifest('logging', '1.22', { logging }))).toEqual([
      'eck-operator 2.1.0 as logging',
      'fluentd 0.3.7 as logging',
      'fluent-bit 0.19.23 as logging',
    ]);
  });

  it('is scraped where there is Prometheus', () => {
    const logging = elastic({ fluentd: { enabled: true }, 'fluent-bit': { enabled: true } });
    const monitored = manifest('logging', '1.22', { logging, metrics: { enabled: true } });
    expect(chartValues(monitored, 'fluentd').metrics.serviceMonitor.enabled).toBe(true);
    expect(chartValues(monitored, 'fluent-bit').serviceMonitor.enabled).toBe(true);
    expect(names(monitored.objects)).toContain('ServiceMonitor logging/logging-es');
    expect(chartValues(manifest('logging', '1.22', { logging }), 'fluentd').metrics.serviceMonitor.enabled).toBe(false);
  });

  it('is reachable through the gateways only where it is asked to, and there is a mesh', () => {
    const kibana = { istio: { enabled: true, url: 'kibana.example.com' } };
    const fluentd = { enabled: true, url: 'logs.example.com', istio: { enabled: true } };
    const logging = elastic({ fullnameOverride: undefined, kibana, fluentd });
    const services = (all: object) =>
      manifest('logging', '1.22', { logging, ...all }).objects.filter(({ kind }) => kind === 'VirtualService');
    expect(names(services({ istio: { enabled: true } }))).toEqual([
      'VirtualService logging/logging-kubezero-logging-kibana',
      'VirtualService logging/logging-kubezero-logging-fluentd',
    ]);
    expect(services({})).toEqual([]);
    expect(problems(logging, '1.22', {})).toEqual([
      'logging.kibana.istio.enabled: needs module istio, which is off',
      'logging.fluentd.istio.enabled: needs module istio, which is off',
    ]);
    const route = services({ istio: { enabled: true } })[1]!.spec as { http: unknown[] };
    // The service is called by the Helm release, whatever Elasticsearch is called.
    expect(route.http).toEqual([{ route: [{ destination: { host: 'logging-fluentd', port: { number: 9880 } } }] }]);
  });

  it('asks for a host name for what is exposed, and for the operator that Elasticsearch needs', () => {
    const logging = { es: { nodeSets }, kibana: { istio: { enabled: true } }, fluentd: { istio: { enabled: true } } };
    expect(problems(logging)).toEqual([
      'logging.eck-operator.enabled: expected true: it runs Elasticsearch, which es.nodeSets asks for; found false',
      'logging.kibana.istio.url: expected the host name that clients use; found ""',
      'logging.fluentd.url: expected the host name that clients use; found ""',
    ]);
  });

  it('says why a key that KubeZero’s charts have isn’t taken', () => {
    expect(problems({ es: { prometheus: true }, fluentd: { shared_key: 'x' }, 'fluent-bit': { image: {} } })).toEqual([
      expect.stringContaining('"es.prometheus" follows the module `metrics`'),
      expect.stringContaining('"fluentd.shared_key" is that of `fluent-bit.config.output.sharedKey`'),
      expect.stringContaining('"fluent-bit.image" isn’t forwarded'),
    ]);
  });
});

describe('Elasticsearch', () => {
  const cluster = (logging: object, at: ReleaseId = '1.22', facts: object = {}) =>
    find(manifest('logging', at, { logging }, facts).objects, 'Elasticsearch', 'logging');

  it('and Kibana are of the release’s version, for the node sets given', () => {
    const { objects } = manifest('logging', '1.22', { logging: elastic() });
    expect(names(objects)).toEqual([
      'Secret logging/logging-es-elastic-user',
      'Secret logging/logging-es-elastic-username',
      'Elasticsearch logging/logging',
      'Kibana logging/logging',
      'Job logging/logging-es-setup',
    ]);
    expect(cluster(elastic()).spec.version).toBe('7.17.3');
    expect(cluster(elastic(), '1.21').spec.version).toBe('7.16.3');
    expect(manifest('logging', '1.22', { logging: { elastic_password: 'x' } }).objects).toEqual([]);
  });

  it('spreads copies over zones, and pods over machines', () => {
    const [set] = cluster(elastic()).spec.nodeSets;
    expect(set.config).toMatchObject({
      'node.roles': ['master', 'data', 'ingest'],
      'node.attr.zone': 'eu-central-1a',
      'cluster.routing.allocation.awareness.attributes': 'k8s_node_name,zone',
    });
    const { podAntiAffinity, nodeAffinity } = set.podTemplate.spec.affinity;
    expect(podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey).toBe(
      'kubernetes.io/hostname',
    );
    expect(nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-central-1a'] }] },
    ]);
  });

  it('gets a password from the operator where the user gives none', () => {
    const { objects } = manifest('logging', '1.22', { logging: elastic({ elastic_password: undefined }) });
    expect(names(objects)).not.toContain('Secret logging/logging-es-elastic-user');
  });

  describe('keeps snapshots in S3', () => {
    const s3 = (s3Snapshot: object, version?: string) =>
      elastic({ es: { nodeSets, s3Snapshot: { enabled: true, ...s3Snapshot } }, ...(version ? { version } : {}) });
    const pod = (...args: Parameters<typeof cluster>) => cluster(...args).spec.nodeSets[0].podTemplate;

    it('with keys of the user’s', () => {
      const logging = s3({ credentialsSecret: 'snapshots' });
      expect(cluster(logging).spec.secureSettings).toEqual([{ secretName: 'snapshots' }]);
      expect(pod(logging).spec.initContainers[0].command[2]).toBe(
        'bin/elasticsearch-plugin install --batch repository-s3;\n',
      );
    });

    it('with a role from 8.1 on, through a service account of its own', () => {
      const roleArns = { elasticsearch: 'arn:elasticsearch' };
      const { spec, metadata } = pod(s3({}, '8.1.3'), '1.22', { roleArns });
      expect(metadata).toBeUndefined();
      expect(spec.serviceAccountName).toBe('elasticsearch-snapshots');
      expect(spec.initContainers).toBeUndefined();
      expect(spec.containers[0].env).toContainEqual({ name: 'AWS_ROLE_ARN', value: 'arn:elasticsearch' });
      expect(spec.containers[0].volumeMounts[0].mountPath).toBe('/usr/share/elasticsearch/config/repository-s3');
      const own = pod(s3({ iamrole: 'arn:own' }, '8.1.3'), '1.22', { roleArns });
      expect(own.spec.containers[0].env).toContainEqual({ name: 'AWS_ROLE_ARN', value: 'arn:own' });
    });

    it('with Kiam at 1.21, and says that there is none any more at 1.22', () => {
      expect(pod(s3({ iamrole: 'arn:own' }), '1.21').metadata.annotations).toEqual({
        'iam.amazonaws.com/role': 'arn:own',
      });
      expect(problems(s3({ iamrole: 'arn:own' }))).toEqual([
        expect.stringContaining('logging.es.s3Snapshot.iamrole: expected no role with Elasticsearch 7.17.3'),
      ]);
    });
  });
});

describe('fluentd', () => {
  const values = (logging: object) =>
    chartValues(manifest('logging', '1.22', { logging: { fluentd: { enabled: true }, ...logging } }), 'fluentd');

  it('writes to this module’s Elasticsearch, whatever it is called', () => {
    const written = (logging: object) => {
      const { env, fileConfigs } = values(logging);
      return [/hosts "(.*)"/.exec(fileConfigs['04_outputs.conf'])![1], env[1].valueFrom.secretKeyRef.name];
    };
    expect(written({})).toEqual(['logging-es-http', 'logging-es-elastic-user']);
    expect(written(elastic({ fullnameOverride: 'es', fluentd: { enabled: true } }))).toEqual([
      'es-es-http',
      'es-es-elastic-user',
    ]);
    expect(written({ fluentd: { enabled: true, output: { host: 'es.example.com' } } })[0]).toBe('es.example.com');
  });

  it('shares its key with fluent-bit', () => {
    const config = { output: { sharedKey: 'theirs' } };
    expect(values({ 'fluent-bit': { config } }).fileConfigs['01_sources.conf']).toContain('shared_key theirs');
  });

  it('doesn’t read systemd’s journal', () => {
    const { charts: list } = manifest('logging', '1.22', { logging: { fluentd: { enabled: true } } });
    const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    expect(list[0]!.patch!(configMap('fluentd-systemd-conf'))).toBeUndefined();
    expect(list[0]!.patch!(configMap('fluentd-config'))).toBeDefined();
  });
});

describe('fluent-bit', () => {
  const values = (config: object = {}, at: ReleaseId = '1.22') =>
    chartValues(manifest('logging', at, { logging: { 'fluent-bit': { enabled: true, config } } }), 'fluent-bit');

  it('mounts /etc/machine-id only where machines have one', () => {
    const volumes = (at: ReleaseId) => values({}, at).daemonSetVolumes.map(({ name }: { name: string }) => name);
    expect(volumes('1.21')).toEqual(['varlog', 'etcmachineid']);
    expect(volumes('1.22')).toEqual(['varlog']);
  });

  it('adds records only where some are given', () => {
    expect(values().config.filters).not.toContain('record_modifier');
    expect(values({ extraRecords: { 'source.clustername': 'demo' } }).config.filters).toContain(
      '    Record source.clustername demo',
    );
  });

  it('takes parts of its configuration from application.yaml, with what they are templates over', () => {
    const outputs = '[OUTPUT]\n    Host {{ .Values.config.output.host }}\n';
    const { config } = values({ outputs, output: { host: 'logs.example.com' } });
    expect(config.outputs).toBe(outputs);
    expect(config.output.host).toBe('logs.example.com');
    expect(config.inputs).toContain('Path /var/log/containers/*.log');
  });
});
