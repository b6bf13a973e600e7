import { isEnabled, standardLabels } from '../conventions.ts';
import { defineModule } from '../definition.ts';
import { noGlobalValues } from '../schema.ts';
import { natsChart, natsExposure } from './nats.ts';
import { rabbitmqChart, rabbitmqObjects } from './rabbitmq.ts';
import { type MqValues, mqValues } from './schema.ts';

export const mq = defineModule<MqValues>({
  id: 'mq',
  purpose: 'Message queues: NATS and RabbitMQ',
  dependsOn: ['cert-manager', 'storage', 'istio', 'metrics'],
  values: mqValues,
  refused: [noGlobalValues('`rabbitmq.global`')],
  manifest(context) {
    const { release, values, all } = context;
    const { nats, rabbitmq } = values;
    const labels = (instance: string) => standardLabels(release, 'mq', 'kubezero-mq', instance);
    return {
      namespace: { name: values.namespace },
      charts: [...(nats.enabled ? [natsChart(context)] : []), ...(rabbitmq.enabled ? [rabbitmqChart(context)] : [])],
      objects: [
        ...(nats.enabled && isEnabled(all, 'istio') ? natsExposure(context, labels(nats.releaseName)) : []),
        ...(rabbitmq.enabled ? rabbitmqObjects(context, labels(rabbitmq.releaseName)) : []),
      ],
    };
  },
});
