import type { KubernetesObject } from '../definition.ts';
import type { UptimeKumaValues } from './schema.ts';

interface Names {
  name: string;
  /** Of the module; the monitor may be in another one. */
  namespace: string;
  releaseName: string;
  labels: Record<string, string>;
  /** Labels of the Service. */
  selector: Record<string, string>;
}

/** The ServiceMonitor, and the Secret with its login, which has to be in the same namespace. */
export function serviceMonitor(
  { name, namespace, releaseName, labels, selector }: Names,
  given: UptimeKumaValues['serviceMonitor'],
): KubernetesObject[] {
  const at = given.namespace ?? namespace;
  const login = `${name}-servicemonitor-basic-auth`;
  const { interval, scrapeTimeout, relabelings, metricRelabelings, basicAuth } = given;
  const key = (field: string) => ({ name: login, key: field });
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name, namespace: at, labels },
      spec: {
        jobLabel: given.jobLabel ?? releaseName,
        namespaceSelector: given.namespaceSelector ?? { matchNames: [namespace] },
        selector: { matchLabels: selector },
        endpoints: [
          {
            port: 'http',
            path: '/metrics',
            ...(interval ? { interval } : {}),
            ...(scrapeTimeout ? { scrapeTimeout } : {}),
            ...(relabelings ? { relabelings } : {}),
            ...(metricRelabelings ? { metricRelabelings } : {}),
            ...(basicAuth ? { basicAuth: { username: key('username'), password: key('password') } } : {}),
          },
        ],
      },
    },
    ...(basicAuth
      ? [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: login, namespace: at, labels },
            type: 'Opaque',
            data: {
              username: Buffer.from(basicAuth.username).toString('base64'),
              password: Buffer.from(basicAuth.password).toString('base64'),
            },
          },
        ]
      : []),
  ];
}
