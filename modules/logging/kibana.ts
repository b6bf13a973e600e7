import type { KubernetesObject } from '../definition.ts';
import { type Placement, plainHttp, preferred } from './placement.ts';
import type { LoggingValues } from './schema.ts';

/** Kibana beside Elasticsearch, of the same name and version. */
export function kibana(
  { version, kibana: values }: LoggingValues,
  { name, namespace, labels }: Placement,
): KubernetesObject {
  return {
    apiVersion: 'kibana.k8s.elastic.co/v1',
    kind: 'Kibana',
    metadata: { name, namespace, labels },
    spec: {
      version,
      count: values.count,
      elasticsearchRef: { name, namespace },
      config: {
        'elasticsearch.requestTimeout': 180000,
        'elasticsearch.shardTimeout': 180000,
        ...(values.istio.url ? { 'server.publicBaseUrl': `https://${values.istio.url}` } : {}),
      },
      podTemplate: {
        spec: {
          containers: [
            {
              name: 'kibana',
              resources: { requests: { memory: '1Gi', cpu: '200m' }, limits: { memory: '2Gi' } },
            },
          ],
          ...(values.nodeAffinity ? { affinity: { nodeAffinity: preferred(values.nodeAffinity) } } : {}),
        },
      },
      http: plainHttp,
    },
  };
}
