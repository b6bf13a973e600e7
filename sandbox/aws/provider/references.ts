import { isUnknown } from '../../../pulumi/marks.ts';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { ReferenceKind, ResourceType } from './resource-type.ts';
import type { Properties } from './values.ts';

interface Reference {
  /** Tokens of the types whose ids qualify. */
  types: string[];
  code: string;
  message(id: string): string;
}

const missing = (what: string) => (id: string) => `The ${what} '${id}' does not exist`;

const kinds: Record<ReferenceKind, Reference> = {
  vpc: { types: ['aws:ec2/vpc:Vpc'], code: 'InvalidVpcID.NotFound', message: missing('vpc ID') },
  subnet: { types: ['aws:ec2/subnet:Subnet'], code: 'InvalidSubnetID.NotFound', message: missing('subnet ID') },
  securityGroup: {
    types: ['aws:ec2/securityGroup:SecurityGroup'],
    code: 'InvalidGroup.NotFound',
    message: missing('security group'),
  },
  routeTable: {
    types: ['aws:ec2/routeTable:RouteTable'],
    code: 'InvalidRouteTableID.NotFound',
    message: missing('routeTable ID'),
  },
  internetGateway: {
    types: ['aws:ec2/internetGateway:InternetGateway'],
    code: 'InvalidGatewayID.NotFound',
    message: missing('gateway ID'),
  },
  natGateway: {
    types: ['aws:ec2/natGateway:NatGateway'],
    code: 'NatGatewayNotFound',
    message: (id) => `The Nat Gateway ${id} was not found`,
  },
  allocation: { types: ['aws:ec2/eip:Eip'], code: 'InvalidAllocationID.NotFound', message: missing('allocation ID') },
  volume: { types: ['aws:ebs/volume:Volume'], code: 'InvalidVolume.NotFound', message: missing('volume') },
  bucket: {
    types: ['aws:s3/bucket:Bucket', 'aws:s3/bucketV2:BucketV2'],
    code: 'NoSuchBucket',
    message: () => 'The specified bucket does not exist',
  },
  role: {
    types: ['aws:iam/role:Role'],
    code: 'NoSuchEntity',
    message: (id) => `The role with name ${id} cannot be found.`,
  },
  instanceProfile: {
    types: ['aws:iam/instanceProfile:InstanceProfile'],
    code: 'NoSuchEntity',
    message: (id) => `Instance Profile ${id} cannot be found.`,
  },
  kmsKey: { types: ['aws:kms/key:Key'], code: 'NotFoundException', message: (id) => `Key '${id}' does not exist` },
  queue: {
    types: ['aws:sqs/queue:Queue'],
    code: 'AWS.SimpleQueueService.NonExistentQueue',
    message: () => 'The specified queue does not exist.',
  },
  zone: {
    types: ['aws:route53/zone:Zone'],
    code: 'NoSuchHostedZone',
    message: (id) => `No hosted zone found with ID: ${id}`,
  },
  group: {
    types: ['aws:autoscaling/group:Group'],
    code: 'ValidationError',
    message: (id) => `AutoScalingGroup name not found - ${id}`,
  },
  rule: {
    types: ['aws:cloudwatch/eventRule:EventRule'],
    code: 'ResourceNotFoundException',
    message: (id) => `Rule ${id} does not exist on EventBus default.`,
  },
};

/** @throws AwsError when an input names something that isn't in the account. */
export function checkReferences(account: Account, type: ResourceType, inputs: Properties): void {
  for (const [property, kind] of Object.entries(type.references ?? {})) {
    const { types, code, message } = kinds[kind];
    const value = inputs[property];
    for (const id of Array.isArray(value) ? value : [value]) {
      if (typeof id !== 'string' || id === '' || isUnknown(id)) continue;
      const exists = types.some((token) => isNamed(account.resources.get(token), id, kind));
      if (!exists) throw new AwsError(code, message(id));
    }
  }
}

/** A role may be named by its ARN's last part, a key by its id or ARN. */
function isNamed(resources: Map<string, Properties> | undefined, id: string, kind: ReferenceKind): boolean {
  if (!resources) return false;
  if (resources.has(id)) return true;
  return kind === 'kmsKey' && resources.has(id.slice(id.lastIndexOf('/') + 1));
}

/** @throws AwsError when another resource still needs this one. */
export function checkNotHeld(account: Account, type: ResourceType, label: string, id: string): void {
  for (const [token, property] of type.heldBy ?? []) {
    for (const [otherId, properties] of account.resources.get(token) ?? []) {
      const value = properties[property];
      if (value === id || (Array.isArray(value) && value.includes(id)))
        throw new AwsError(
          'DependencyViolation',
          `The ${label} '${id}' has dependencies and cannot be deleted. (${otherId})`,
        );
    }
  }
}
