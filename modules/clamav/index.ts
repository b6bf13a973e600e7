import { createHash } from 'node:crypto';
import { fullName, standardLabels } from '../conventions.ts';
import { defineModule, type KubernetesObject } from '../definition.ts';
import { configurationFiles, daemonPort, signatures } from './configuration.ts';
import { type ClamavValues, clamavValues } from './schema.ts';

interface Names {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Selector of the pods. */
  selector: Record<string, string>;
}

function statefulSet(
  { name, namespace, labels, selector }: Names,
  { clamav }: ClamavValues,
  checksum: string,
): KubernetesObject {
  const { nodeSelector, affinity, tolerations, storageClassName } = clamav;
  const check = { exec: { command: ['/usr/local/bin/clamdcheck.sh'] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, labels },
    spec: {
      replicas: clamav.replicaCount,
      serviceName: name,
      selector: { matchLabels: selector },
      template: {
        // Pods start anew with another configuration.
        metadata: { labels: selector, annotations: { 'checksum/config': checksum } },
        spec: {
          containers: [
            {
              name: 'clamav',
              image: `${clamav.image}:${clamav.version}_base`,
              ports: [{ name: 'clamav', containerPort: daemonPort, protocol: 'TCP' }],
              // Five minutes to fetch the signatures the first time.
              startupProbe: { ...check, periodSeconds: 10, failureThreshold: 30 },
              livenessProbe: { ...check, periodSeconds: 30, failureThreshold: 2, timeoutSeconds: 3 },
              resources: clamav.resources,
              volumeMounts: [
                { name: 'signatures', mountPath: signatures },
                { name: 'config-volume', mountPath: '/etc/clamav' },
              ],
            },
          ],
          volumes: [{ name: 'config-volume', configMap: { name } }],
          ...(nodeSelector ? { nodeSelector } : {}),
          ...(affinity ? { affinity } : {}),
          ...(tolerations ? { tolerations } : {}),
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'signatures' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storageClassName ? { storageClassName } : {}),
            resources: { requests: { storage: '2Gi' } },
          },
        },
      ],
    },
  };
}

export const clamav = defineModule<ClamavValues>({
  id: 'clamav',
  purpose: 'Virus scanner: ClamAV’s daemon for the applications of the cluster',
  dependsOn: ['storage'],
  values: clamavValues,
  manifest({ release, values }) {
    const { namespace, releaseName } = values;
    const chart = values.nameOverride || 'clamav';
    const name = fullName(releaseName, chart, values.fullnameOverride);
    const selector = { 'app.kubernetes.io/name': chart, 'app.kubernetes.io/instance': releaseName };
    const labels = { ...standardLabels(release, 'clamav', 'clamav', releaseName), ...selector };
    const data = configurationFiles(values.clamav);
    const checksum = createHash('sha256').update(JSON.stringify(data)).digest('hex');
    return {
      namespace: { name: namespace },
      charts: [],
      objects: [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace, labels },
          spec: {
            selector,
            ports: [{ name: 'clamav', port: values.service.port, targetPort: daemonPort, protocol: 'TCP' }],
          },
        },
        statefulSet({ name, namespace, labels, selector }, values, checksum),
      ],
    };
  },
});
