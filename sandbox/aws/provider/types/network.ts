import { createHash } from 'node:crypto';
import { stableId } from '../../account.ts';
import { AwsError } from '../../errors.ts';
import { createSubnet, createVpc, getSubnet } from '../../network.ts';
import type { ResourceType } from '../resource-type.ts';

export const networkTypes: Record<string, ResourceType> = {
  'aws:ec2/vpc:Vpc': {
    replaceOn: ['cidrBlock', 'ipv4IpamPoolId', 'ipv4NetmaskLength'],
    heldBy: [
      ['aws:ec2/subnet:Subnet', 'vpcId'],
      ['aws:ec2/internetGateway:InternetGateway', 'vpcId'],
      ['aws:ec2/securityGroup:SecurityGroup', 'vpcId'],
      ['aws:ec2/routeTable:RouteTable', 'vpcId'],
      ['aws:ec2/vpcEndpoint:VpcEndpoint', 'vpcId'],
    ],
    create: (account, inputs) => createVpc(account, inputs.cidrBlock).id,
    delete: (account, id) => {
      account.vpcs.delete(id);
    },
    exists: (account, id) => account.vpcs.has(id),
    outputs: (id, inputs, account) => ({
      enableDnsSupport: inputs.enableDnsSupport ?? true,
      enableDnsHostnames: inputs.enableDnsHostnames ?? false,
      instanceTenancy: inputs.instanceTenancy ?? 'default',
      mainRouteTableId: stableId('rtb', id),
      defaultRouteTableId: stableId('rtb', id),
      defaultSecurityGroupId: stableId('sg', id),
      defaultNetworkAclId: stableId('acl', id),
      dhcpOptionsId: stableId('dopt', account.region),
      ownerId: account.id,
    }),
  },
  'aws:ec2/subnet:Subnet': {
    replaceOn: ['vpcId', 'cidrBlock', 'availabilityZone', 'availabilityZoneId', 'outpostArn', 'ipv6Native'],
    computed: ['availabilityZone', 'availabilityZoneId'],
    references: { vpcId: 'vpc' },
    heldBy: [
      ['aws:ec2/natGateway:NatGateway', 'subnetId'],
      ['aws:ec2/vpcEndpoint:VpcEndpoint', 'subnetIds'],
    ],
    create: (account, inputs) =>
      createSubnet(account, { vpcId: inputs.vpcId, cidr: inputs.cidrBlock, zone: inputs.availabilityZone }).id,
    delete: (account, id) => {
      const held = [...account.instances.values()].some((it) => it.subnetId === id && it.state !== 'terminated');
      if (held) throw new AwsError('DependencyViolation', `The subnet '${id}' has dependencies and cannot be deleted.`);
      account.subnets.delete(id);
    },
    exists: (account, id) => account.subnets.has(id),
    outputs: (id, inputs, account) => {
      const { zone } = getSubnet(account, id);
      return {
        availabilityZone: zone,
        availabilityZoneId: inputs.availabilityZoneId ?? `az${account.zones.indexOf(zone) + 1}`,
        mapPublicIpOnLaunch: inputs.mapPublicIpOnLaunch ?? false,
        ownerId: account.id,
      };
    },
  },
  'aws:ec2/internetGateway:InternetGateway': {
    prefix: 'igw',
    references: { vpcId: 'vpc' },
    outputs: (_id, _inputs, account) => ({ ownerId: account.id }),
  },
  'aws:ec2/eip:Eip': {
    prefix: 'eipalloc',
    replaceOn: ['address', 'domain', 'networkBorderGroup', 'publicIpv4Pool', 'ipamPoolId'],
    heldBy: [['aws:ec2/natGateway:NatGateway', 'allocationId']],
    outputs: (id, _inputs, account) => {
      const publicIp = documentationAddress(id);
      return {
        allocationId: id,
        domain: 'vpc',
        publicIp,
        publicDns: `ec2-${publicIp.replaceAll('.', '-')}.${account.region}.compute.amazonaws.com`,
      };
    },
  },
  'aws:ec2/natGateway:NatGateway': {
    prefix: 'nat',
    replaceOn: ['allocationId', 'subnetId', 'connectivityType', 'privateIp'],
    references: { subnetId: 'subnet', allocationId: 'allocation' },
    outputs: (id, inputs) => ({
      connectivityType: inputs.connectivityType ?? 'public',
      networkInterfaceId: stableId('eni', id),
      publicIp: typeof inputs.allocationId === 'string' ? documentationAddress(inputs.allocationId) : undefined,
    }),
  },
  'aws:ec2/routeTable:RouteTable': {
    prefix: 'rtb',
    replaceOn: ['vpcId'],
    references: { vpcId: 'vpc' },
    heldBy: [['aws:ec2/routeTableAssociation:RouteTableAssociation', 'routeTableId']],
    outputs: (_id, _inputs, account) => ({ ownerId: account.id }),
  },
  'aws:ec2/route:Route': {
    id: ({ routeTableId, destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId }) =>
      `r-${routeTableId}${hash(destinationCidrBlock ?? destinationIpv6CidrBlock ?? destinationPrefixListId ?? '')}`,
    replaceOn: ['routeTableId', 'destinationCidrBlock', 'destinationIpv6CidrBlock', 'destinationPrefixListId'],
    references: { routeTableId: 'routeTable', gatewayId: 'internetGateway', natGatewayId: 'natGateway' },
    outputs: () => ({ origin: 'CreateRoute', state: 'active' }),
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    prefix: 'rtbassoc',
    replaceOn: ['subnetId', 'gatewayId'],
    references: { routeTableId: 'routeTable', subnetId: 'subnet' },
  },
  'aws:ec2/vpcEndpoint:VpcEndpoint': {
    prefix: 'vpce',
    replaceOn: ['vpcId', 'serviceName', 'vpcEndpointType', 'serviceRegion'],
    references: { vpcId: 'vpc', routeTableIds: 'routeTable', subnetIds: 'subnet', securityGroupIds: 'securityGroup' },
    outputs: (_id, inputs, account) => ({
      state: 'available',
      ownerId: account.id,
      vpcEndpointType: inputs.vpcEndpointType ?? 'Gateway',
    }),
  },
  'aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation': {
    id: ({ vpcEndpointId, routeTableId }) => `a-${vpcEndpointId}${hash(String(routeTableId))}`,
    replaceOn: ['vpcEndpointId', 'routeTableId'],
    references: { routeTableId: 'routeTable' },
  },
  'aws:ec2/securityGroup:SecurityGroup': {
    prefix: 'sg',
    autoName: 'name',
    computed: ['vpcId', 'ingress', 'egress'],
    replaceOn: ['name', 'namePrefix', 'description', 'vpcId'],
    references: { vpcId: 'vpc' },
    heldBy: [
      ['aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'referencedSecurityGroupId'],
      ['aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'referencedSecurityGroupId'],
      ['aws:ec2/securityGroupRule:SecurityGroupRule', 'sourceSecurityGroupId'],
    ],
    arn: (id, _inputs, account) => account.arn('ec2', `security-group/${id}`),
    outputs: (_id, inputs, account) => ({
      ownerId: account.id,
      description: inputs.description ?? 'Managed by Pulumi',
      ingress: inputs.ingress ?? [],
      egress: inputs.egress ?? [],
    }),
  },
  'aws:ec2/securityGroupRule:SecurityGroupRule': {
    id: (inputs) => `sgrule-${hash(JSON.stringify(inputs))}`,
    replaceOn: [
      'type',
      'fromPort',
      'toPort',
      'protocol',
      'cidrBlocks',
      'ipv6CidrBlocks',
      'prefixListIds',
      'securityGroupId',
      'sourceSecurityGroupId',
      'self',
    ],
    references: { securityGroupId: 'securityGroup', sourceSecurityGroupId: 'securityGroup' },
    outputs: (id) => ({ securityGroupRuleId: stableId('sgr', id) }),
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ruleType(),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': ruleType(),
};

function ruleType(): ResourceType {
  return {
    prefix: 'sgr',
    replaceOn: ['securityGroupId'],
    references: { securityGroupId: 'securityGroup', referencedSecurityGroupId: 'securityGroup' },
    arn: (id, _inputs, account) => account.arn('ec2', `security-group-rule/${id}`),
    outputs: (id) => ({ securityGroupRuleId: id }),
  };
}

function hash(value: string): number {
  return createHash('sha256').update(value).digest().readUInt32BE(0);
}

/** An address of the range that is set aside for documentation: reaches nobody. */
function documentationAddress(id: string): string {
  return `203.0.113.${hash(id) % 254}`;
}
