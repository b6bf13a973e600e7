import { EventRule } from '@pulumi/aws/cloudwatch/eventRule.js';
import { EventTarget } from '@pulumi/aws/cloudwatch/eventTarget.js';
import { Queue } from '@pulumi/aws/sqs/queue.js';
import { QueuePolicy } from '@pulumi/aws/sqs/queuePolicy.js';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import { policy } from '../policy.ts';
import { tags } from '../tags.ts';

/** What AWS announces about machines that are about to go. */
const events: Record<string, object> = {
  'asg-termination': { source: ['aws.autoscaling'], 'detail-type': ['EC2 Instance-terminate Lifecycle Action'] },
  'spot-interruption': { source: ['aws.ec2'], 'detail-type': ['EC2 Spot Instance Interruption Warning'] },
  rebalance: { source: ['aws.ec2'], 'detail-type': ['EC2 Instance Rebalance Recommendation'] },
  'state-change': { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'] },
  maintenance: { source: ['aws.health'], 'detail-type': ['AWS Health Event'], detail: { service: ['EC2'] } },
};

/** Queue that aws-node-termination-handler listens on, to drain a machine before it goes. */
export function createTerminationQueue(environment: Environment, accountId: string, options: CustomResourceOptions) {
  const { name, region } = environment;
  const queueName = `${name}_Nth`;
  const queueArn = `arn:aws:sqs:${region}:${accountId}:${queueName}`;
  const queue = new Queue(
    'termination',
    { name: queueName, messageRetentionSeconds: 300, sqsManagedSseEnabled: true, tags: tags(name, 'termination') },
    options,
  );
  new QueuePolicy(
    'termination',
    {
      queueUrl: queue.url,
      policy: policy({
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:events:${region}:${accountId}:rule/${name}-*` } },
      }),
    },
    options,
  );
  for (const [event, pattern] of Object.entries(events)) {
    const rule = new EventRule(
      event,
      { name: `${name}-${event}`, eventPattern: JSON.stringify(pattern), tags: tags(name, event) },
      options,
    );
    new EventTarget(event, { rule: rule.name, targetId: 'queue', arn: queue.arn }, options);
  }
  return { queueArn, queueUrl: queue.url };
}
