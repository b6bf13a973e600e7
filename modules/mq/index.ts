import { fullName, needs, standardLabels } from '../conventions.ts';
import { defineModule } from '../definition.ts';
import { noGlobalValues } from '../schema.ts';
import { natsDashboardConfig, rabbitmqDashboardConfig } from './dashboards.ts';
import { natsChart, natsExposure } from './nats.ts';
import { rabbitmqChart, rabbitmqObjects } from './rabbitmq.ts';
import { type MqValues, mqValues } from './schema.ts';

export const mq = defineModule<MqValues>({
  id: 'mq',
  purpose: 'Message queues: NATS and RabbitMQ',
  dependsOn: ['cert-manager', 'storage', 'istio', 'metrics'],
  requires: [
    needs('istio', 'nats.istio.enabled'),
    needs('metrics', 'nats.exporter.serviceMonitor.enabled'),
    needs('istio', 'rabbitmq.istio.enabled'),
    needs('cert-manager', 'rabbitmq.auth.tls.enabled'),
    needs('metrics', 'rabbitmq.metrics.serviceMonitor.enabled'),
  ],
  values: mqValues,
  refused: [noGlobalValues('`rabbitmq.global`')],
  manifest(context) {
    const { release, values } = context;
    const { nats, rabbitmq } = values;
    const labels = (instance: string) => standardLabels(release, 'mq', 'kubezero-mq', instance);
    const place = (releaseName: string) => ({
      name: fullName(releaseName, 'kubezero-mq'),
      namespace: values.namespace,
      labels: labels(releaseName),
    });
    return {
      namespace: { name: values.namespace },
      charts: [...(nats.enabled ? [natsChart(context)] : []), ...(rabbitmq.enabled ? [rabbitmqChart(context)] : [])],
      objects: [
        ...(nats.enabled ? natsExposure(context, labels(nats.releaseName)) : []),
        ...(rabbitmq.enabled ? rabbitmqObjects(context, labels(rabbitmq.releaseName)) : []),
        ...(nats.enabled && nats.exporter.serviceMonitor.enabled ? [natsDashboardConfig(place(nats.releaseName))] : []),
        ...(rabbitmq.enabled && rabbitmq.metrics.enabled ? [rabbitmqDashboardConfig(place(rabbitmq.releaseName))] : []),
      ],
    };
  },
});
