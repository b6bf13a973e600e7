import { policyNotes } from './policy-document.ts';
import { few, list, record, type Sides } from './sides.ts';

/** Properties that change nothing of what a resource lets happen. */
const descriptive = ['tags', 'tagsAll', 'description', 'name', 'namePrefix', 'rolePrefix', 'region'];

/** Notes by Pulumi type; the last part of a type is enough to tell these apart. */
const byKind: Record<string, (sides: Sides) => string[]> = {
  Role: (sides) => [
    ...whole('IAM role', sides),
    ...document('IAM role', 'assumeRolePolicy', sides),
    ...administrator(list(sides.before('managedPolicyArns')), list(sides.after('managedPolicyArns'))),
    ...(sides.becomes('permissionsBoundary', undefined) && isUpdate(sides) ? ['permissions boundary goes'] : []),
  ],
  RolePolicy: (sides) => [...whole('IAM policy', sides), ...document('IAM policy', 'policy', sides)],
  Policy: (sides) => [...whole('IAM policy', sides), ...document('IAM policy', 'policy', sides)],
  UserPolicy: (sides) => [...whole('IAM policy', sides), ...document('IAM policy', 'policy', sides)],
  GroupPolicy: (sides) => [...whole('IAM policy', sides), ...document('IAM policy', 'policy', sides)],
  RolePolicyAttachment: (sides) => attachment(sides),
  PolicyAttachment: (sides) => attachment(sides),
  UserPolicyAttachment: (sides) => attachment(sides),
  GroupPolicyAttachment: (sides) => attachment(sides),
  InstanceProfile: (sides) => whole('instance profile', sides),
  OpenIdConnectProvider: (sides) => whole('identity provider: its tokens may assume roles', sides),
  SamlProvider: (sides) => whole('identity provider: its users may assume roles', sides),
  AccessKey: (sides) => whole('IAM access key', sides),
  User: (sides) => whole('IAM user', sides),
  SecurityGroup: (sides) => securityGroup(sides),
  DefaultSecurityGroup: (sides) => securityGroup(sides),
  SecurityGroupRule: (sides) => rule(sides, sides.after('type') ?? sides.before('type')),
  SecurityGroupIngressRule: (sides) => rule(sides, 'ingress'),
  SecurityGroupEgressRule: (sides) => rule(sides, 'egress'),
  NetworkAcl: (sides) => whole('network ACL', sides),
  NetworkAclRule: (sides) => whole('network ACL', sides),
  BucketPublicAccessBlock: (sides) => publicAccess(sides),
  AccountPublicAccessBlock: (sides) => publicAccess(sides),
  BucketPolicy: (sides) => [...whole('bucket policy', sides), ...document('bucket policy', 'policy', sides)],
  BucketAcl: (sides) => acl(sides),
  BucketAclV2: (sides) => acl(sides),
  Bucket: (sides) => acl(sides),
  BucketV2: (sides) => acl(sides),
  BucketServerSideEncryptionConfiguration: (sides) => encryptionOfBucket(sides),
  BucketServerSideEncryptionConfigurationV2: (sides) => encryptionOfBucket(sides),
  Key: (sides) => [
    ...document('key policy', 'policy', sides),
    ...(sides.after('enableKeyRotation') !== true && sides.before('enableKeyRotation') === true && isUpdate(sides)
      ? ['key is no longer rotated']
      : []),
    ...(sides.becomes('isEnabled', false) ? ['key is disabled'] : []),
    ...(sides.operation === 'delete' || sides.operation === 'replace' ? ['encryption key'] : []),
  ],
  Alias: (sides) => (isUpdate(sides) && sides.changed('targetKeyId') ? ['names another encryption key'] : []),
  Grant: (sides) => whole('use of an encryption key', sides),
  QueuePolicy: (sides) => [...whole('queue policy', sides), ...document('queue policy', 'policy', sides)],
  TopicPolicy: (sides) => [...whole('topic policy', sides), ...document('topic policy', 'policy', sides)],
  VpcEndpoint: (sides) => (isUpdate(sides) ? document('endpoint policy', 'policy', sides) : []),
  Subnet: (sides) => (sides.becomes('mapPublicIpOnLaunch', true) ? ['machines get public addresses'] : []),
  Eip: (sides) => (sides.operation === 'create' ? ['public address'] : []),
  InternetGateway: (sides) => (sides.operation === 'create' ? ['way to the internet'] : []),
  LoadBalancer: (sides) =>
    sides.after('internal') !== true && isNew('internal', sides) ? ['open to the internet'] : [],
};

/** Notes on a change of an AWS resource, of any type. */
export function awsNotes(type: string, sides: Sides): string[] {
  const kind = type.split(':')[2] ?? '';
  // Not an IAM resource in spite of its name.
  const own = kind === 'Policy' && !type.startsWith('aws:iam/') ? undefined : byKind[kind];
  return [...(own?.(sides) ?? []), ...encryption(sides), ...machine(sides)];
}

/** The resource as a whole is the reason, unless only what describes it changes. */
function whole(label: string, sides: Sides): string[] {
  if (isUpdate(sides) && !sides.changesBeside(descriptive)) return [];
  return [label];
}

/** Comes to be, or is another one: not where it goes. */
function isNew(path: string, sides: Sides): boolean {
  return sides.operation !== 'delete' && sides.changed(path);
}

function isUpdate({ operation }: Sides): boolean {
  return operation === 'update' || operation === 'replace';
}

function document(label: string, path: string, sides: Sides): string[] {
  if (!sides.changed(path)) return [];
  if (sides.unknown(path)) return [`${label}: not known yet`];
  const notes = policyNotes(sides.before(path), sides.after(path));
  if (notes.length > 0) return notes.map((note) => `${label}: ${note}`);
  return isUpdate(sides) ? [label] : [];
}

function attachment(sides: Sides): string[] {
  const notes = whole('IAM policy attachment', sides);
  return [...notes, ...administrator(list(sides.before('policyArn')), list(sides.after('policyArn')))];
}

function administrator(before: unknown[], after: unknown[]): string[] {
  const wide = after.filter((arn) => !before.includes(arn)).map((arn) => String(arn).split('/').at(-1) ?? '');
  return wide.filter((name) => /^(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/.test(name));
}

const everywhere = ['0.0.0.0/0', '::/0'];

/** Networks that are everything, of a rule in any of the notations. */
function openNetworks(value: unknown): string[] {
  const { cidrBlocks, ipv6CidrBlocks, cidrIpv4, cidrIpv6 } = record(value);
  const networks = [cidrBlocks, ipv6CidrBlocks, cidrIpv4, cidrIpv6].flatMap(list);
  return everywhere.filter((network) => networks.includes(network));
}

function ports(value: unknown): string {
  const { protocol, ipProtocol, fromPort, toPort } = record(value);
  const name = String(protocol ?? ipProtocol ?? '-1');
  if (name === '-1' || name === 'all') return 'all ports';
  if (fromPort === undefined || fromPort === -1) return `all of ${name}`;
  return `${name} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
}

const ruleProperties = [
  'cidrBlocks',
  'ipv6CidrBlocks',
  'cidrIpv4',
  'cidrIpv6',
  'protocol',
  'ipProtocol',
  'fromPort',
  'toPort',
  'self',
  'sourceSecurityGroupId',
  'referencedSecurityGroupId',
  'prefixListId',
  'prefixListIds',
  'securityGroupId',
  'type',
];

/** A rule that is a resource of its own. */
function rule(sides: Sides, direction: unknown): string[] {
  if (isUpdate(sides) && !ruleProperties.some((name) => sides.changed(name))) return [];
  const [before, after] = [sides.before(''), sides.after('')];
  if (sides.operation === 'delete') return [`security group: ${direction} rule goes`];
  const open = openNetworks(after);
  const wasOpen = openNetworks(before).length > 0 && ports(before) === ports(after);
  return [`security group: ${direction} ${ports(after)}`, ...(wasOpen ? [] : opened(open, direction, after))];
}

function opened(networks: string[], direction: unknown, value: unknown): string[] {
  if (networks.length === 0) return [];
  // The way out is open by default; it's the way in that counts.
  if (direction === 'egress') return [`may reach ${networks.join(' and ')}`];
  return [`open to ${networks.join(' and ')}: ${ports(value)}`];
}

/** A group with its rules inside. */
function securityGroup(sides: Sides): string[] {
  const notes: string[] = [];
  for (const direction of ['ingress', 'egress']) {
    if (!sides.changed(direction)) continue;
    notes.push(
      sides.unknown(direction) ? `security group: ${direction} not known yet` : `security group: ${direction}`,
    );
    const before = list(sides.before(direction)).map((one) => `${openNetworks(one)} ${ports(one)}`);
    for (const one of list(sides.after(direction)))
      if (!before.includes(`${openNetworks(one)} ${ports(one)}`))
        notes.push(...opened(openNetworks(one), direction, one));
  }
  if (notes.length === 0 && !isUpdate(sides)) return ['security group'];
  return sides.operation === 'delete' ? ['security group'] : notes;
}

const blocks = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'];

function publicAccess(sides: Sides): string[] {
  if (sides.operation === 'delete') return ['public access no longer blocked'];
  if (sides.operation === 'create') {
    const open = blocks.filter((name) => sides.after(name) !== true);
    return [open.length > 0 ? `public access not blocked: ${open.join(', ')}` : 'public access blocked'];
  }
  const lifted = blocks.filter((name) => sides.before(name) === true && sides.after(name) !== true);
  if (lifted.length > 0) return [`public access no longer blocked: ${lifted.join(', ')}`];
  return blocks.some((name) => sides.changed(name)) ? ['public access'] : [];
}

function acl(sides: Sides): string[] {
  const granted = sides.after('acl');
  if (!isNew('acl', sides) || granted === undefined) return [];
  return /^(public-read|public-read-write|authenticated-read)$/.test(String(granted)) ? [`ACL ${granted}`] : ['ACL'];
}

function encryptionOfBucket(sides: Sides): string[] {
  if (sides.operation === 'delete') return ['encryption of the bucket goes'];
  return isUpdate(sides) && sides.changed('rules') ? ['encryption of the bucket'] : [];
}

const encryptionFlags = [
  'encrypted',
  'storageEncrypted',
  'sqsManagedSseEnabled',
  'encryptAtRest',
  'atRestEncryptionEnabled',
];
const isOn = (value: unknown) => value === true || value === 'true';

/** Encryption by properties that many types have. */
function encryption(sides: Sides): string[] {
  if (sides.operation === 'delete') return [];
  const notes: string[] = [];
  const flags = [...encryptionFlags, ...[0, 1, 2, 3].map((place) => `blockDeviceMappings[${place}].ebs.encrypted`)];
  if (flags.some((path) => isOn(sides.before(path)) && !isOn(sides.after(path)) && !sides.unknown(path)))
    notes.push('encryption off');
  const created = sides.operation === 'create';
  if (created && flags.some((path) => sides.after(path) === false || sides.after(path) === 'false'))
    notes.push('not encrypted');
  const keys = [
    'kmsKeyId',
    'kmsMasterKeyId',
    ...[0, 1, 2, 3].map((place) => `blockDeviceMappings[${place}].ebs.kmsKeyId`),
  ];
  if (isUpdate(sides) && keys.some((path) => sides.changed(path))) notes.push('another encryption key');
  return notes;
}

/** What a machine (or the template of one) shows of itself. */
function machine(sides: Sides): string[] {
  if (sides.operation === 'delete') return [];
  const notes: string[] = [];
  if (isNew('metadataOptions', sides)) {
    const tokens = sides.after('metadataOptions.httpTokens');
    const endpoint = sides.after('metadataOptions.httpEndpoint');
    if (tokens !== 'required' && endpoint !== 'disabled' && sides.changed('metadataOptions.httpTokens'))
      notes.push('metadata service version 1');
    const [before, hops] = ['before', 'after'].map((side) =>
      Number(sides[side as 'before' | 'after']('metadataOptions.httpPutResponseHopLimit') ?? 1),
    );
    if (hops! > Math.max(1, before!)) notes.push('metadata service within reach of pods');
  }
  const places = ['associatePublicIpAddress', ...[0, 1].map((n) => `networkInterfaces[${n}].associatePublicIpAddress`)];
  if (places.some((path) => isOn(sides.after(path)) && !isOn(sides.before(path)))) notes.push('public address');
  if (isUpdate(sides) && sides.changed('iamInstanceProfile')) notes.push('another instance profile');
  const groups = ['vpcSecurityGroupIds', 'networkInterfaces[0].securityGroups', 'securityGroups'];
  if (isUpdate(sides) && groups.some((path) => sides.changed(path))) notes.push('other security groups');
  return notes.length > 4 ? [few(notes, 4)] : notes;
}
