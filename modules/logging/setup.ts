import type { KubernetesObject } from '../definition.ts';
import type { Placement } from './placement.ts';
import type { LoggingValues } from './schema.ts';

/** The ingest pipeline that fluentd sends everything through; without it Elasticsearch takes nothing. */
const pipeline = { description: 'Runs over every log that fluentd writes', processors: [] };

/**
 * For indices without any template of the user's: texts as keywords, the log line to be searched, and labels kept as
 * they are, since `app` and `app.kubernetes.io/name` can't both be fields of an object.
 */
function indexTemplate(nodes: number) {
  return {
    index_patterns: ['logstash-*'],
    priority: 100,
    template: {
      settings: { number_of_shards: 1, number_of_replicas: nodes > 1 ? 1 : 0 },
      mappings: {
        dynamic_templates: [
          { texts: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } },
        ],
        properties: {
          '@timestamp': { type: 'date' },
          log: { type: 'text' },
          kubernetes: { properties: { labels: { type: 'flattened' }, annotations: { type: 'flattened' } } },
        },
      },
    },
  };
}

const indexPattern = { attributes: { title: 'logstash-*', timeFieldName: '@timestamp' } };

interface Script {
  elasticsearch: string;
  /** Undefined without Kibana. */
  kibana?: string;
  /** Elasticsearch's nodes. */
  nodes: number;
  /** Seconds between two tries while Elasticsearch or Kibana isn't up. */
  pause?: number;
}

/**
 * Creates what is missing of the ingest pipeline `fluentd`, a template for the indices `logstash-*`, and their index
 * pattern in Kibana. What is there is left as it is.
 */
export function setupScript({ elasticsearch, kibana, nodes, pause = 10 }: Script): string {
  const json = (body: object) => `'${JSON.stringify(body)}'`;
  return `set -eu
ask() {
  curl --silent --show-error --max-time 60 --user "elastic:$ELASTIC_PASSWORD" \\
    --header 'Content-Type: application/json' --header 'kbn-xsrf: true' "$@"
}
wait_for() {
  until ask --fail --output /dev/null "$1"; do
    sleep ${pause}
  done
}
is_missing() {
  status=$(ask --output /dev/null --write-out '%{http_code}' "$1")
  case $status in
    200) return 1 ;;
    404) return 0 ;;
    *) echo "$1 answers $status" >&2; exit 1 ;;
  esac
}
wait_for '${elasticsearch}/_cluster/health?wait_for_status=yellow&timeout=30s'
if is_missing '${elasticsearch}/_ingest/pipeline/fluentd'; then
  ask --fail --request PUT '${elasticsearch}/_ingest/pipeline/fluentd' --data ${json(pipeline)}
fi
templates=$(ask --fail '${elasticsearch}/_cat/templates?h=index_patterns')
if ! echo "$templates" | grep -Eq '(^|[^[:alnum:]._-])logstash-'; then
  ask --fail --request PUT '${elasticsearch}/_index_template/logstash' --data ${json(indexTemplate(nodes))}
fi
${kibana ? kibanaScript(kibana, json(indexPattern)) : ''}`;
}

function kibanaScript(kibana: string, body: string): string {
  return `wait_for '${kibana}/api/status'
patterns=$(ask --fail '${kibana}/api/saved_objects/_find?type=index-pattern&fields=title&per_page=1000')
if ! echo "$patterns" | grep -Fq '"logstash-*"'; then
  ask --fail --request POST '${kibana}/api/saved_objects/index-pattern/logstash' --data ${body}
fi
`;
}

/** Runs {@link setupScript} once, and again with each version of Elasticsearch, from the image that is there anyway. */
export function setup(
  { version, es, kibana }: LoggingValues,
  { name, namespace, labels }: Placement,
): KubernetesObject {
  const script = setupScript({
    elasticsearch: `http://${name}-es-http.${namespace}:9200`,
    ...(kibana.count > 0 ? { kibana: `http://${name}-kb-http.${namespace}:5601` } : {}),
    nodes: es.nodeSets.reduce((sum, { count }) => sum + count, 0),
  });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${name}-es-setup`, namespace, labels },
    spec: {
      backoffLimit: 20,
      template: {
        metadata: { labels: { app: `${name}-es-setup` } },
        spec: {
          restartPolicy: 'OnFailure',
          automountServiceAccountToken: false,
          securityContext: { runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true },
          containers: [
            {
              name: 'setup',
              image: `docker.elastic.co/elasticsearch/elasticsearch:${version}`,
              command: ['sh', '-c', script],
              env: [
                {
                  name: 'ELASTIC_PASSWORD',
                  valueFrom: { secretKeyRef: { name: `${name}-es-elastic-user`, key: 'elastic' } },
                },
              ],
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
            },
          ],
        },
      },
    },
  };
}
