import { Eip } from '@pulumi/aws/ec2/eip.js';
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js';
import { NatGateway } from '@pulumi/aws/ec2/natGateway.js';
import { Route } from '@pulumi/aws/ec2/route.js';
import { RouteTable } from '@pulumi/aws/ec2/routeTable.js';
import { RouteTableAssociation } from '@pulumi/aws/ec2/routeTableAssociation.js';
import { Subnet } from '@pulumi/aws/ec2/subnet.js';
import { Vpc } from '@pulumi/aws/ec2/vpc.js';
import { VpcEndpoint } from '@pulumi/aws/ec2/vpcEndpoint.js';
import type { CustomResourceOptions, Output } from '@pulumi/pulumi';
import { subnetsOf, type ZoneSubnets } from '../../environment/cidr.ts';
import type { Environment } from '../../environment/environment.ts';
import { tags } from '../tags.ts';

const anywhere = '0.0.0.0/0';

export interface Subnets {
  vpc: Vpc;
  publicSubnetIds: Record<string, Output<string>>;
  privateSubnetIds: Record<string, Output<string>>;
}

/**
 * VPC with a public and a private subnet per zone. Machines live in the private ones and reach the internet through NAT,
 * and S3, where their keys and backups are, without leaving AWS.
 */
export function createSubnets(environment: Environment, options: CustomResourceOptions): Subnets {
  const { name, zones, region, network } = environment;
  const layout = subnetsOf(network.cidr, zones);
  if (!layout) throw new Error(`${network.cidr} has no room for ${zones.length} zones`);
  const cidrs = (zone: string) => layout[zone] as ZoneSubnets;

  const vpc = new Vpc(
    'vpc',
    { cidrBlock: network.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: tags(name, 'vpc') },
    options,
  );
  const gateway = new InternetGateway('internet', { vpcId: vpc.id, tags: tags(name, 'internet') }, options);
  const publicRoutes = new RouteTable('public', { vpcId: vpc.id, tags: tags(name, 'public') }, options);
  new Route(
    'public',
    { routeTableId: publicRoutes.id, destinationCidrBlock: anywhere, gatewayId: gateway.id },
    options,
  );

  const publicSubnets = perZone(zones, (zone, letter) => {
    const subnet = new Subnet(
      `public-${letter}`,
      {
        vpcId: vpc.id,
        availabilityZone: zone,
        cidrBlock: cidrs(zone).public,
        tags: tags(name, `public-${letter}`, { 'kubezero/subnet': 'public', 'kubernetes.io/role/elb': '1' }),
      },
      options,
    );
    new RouteTableAssociation(`public-${letter}`, { subnetId: subnet.id, routeTableId: publicRoutes.id }, options);
    return subnet;
  });

  const natZones = network.nat === 'perZone' ? zones : zones.slice(0, 1);
  const nats = perZone(natZones, (zone, letter) => {
    const address = new Eip(`nat-${letter}`, { domain: 'vpc', tags: tags(name, `nat-${letter}`) }, options);
    const subnetId = (publicSubnets[zone] as Subnet).id;
    // An address can only be used once the VPC has its internet gateway.
    const after = { ...options, dependsOn: [gateway] };
    return new NatGateway(
      `nat-${letter}`,
      { allocationId: address.id, subnetId, tags: tags(name, `nat-${letter}`) },
      after,
    );
  });

  const privateRoutes: RouteTable[] = [];
  const privateSubnets = perZone(zones, (zone, letter) => {
    const nat = (nats[zone] ?? nats[natZones[0] as string]) as NatGateway;
    const routes = new RouteTable(
      `private-${letter}`,
      { vpcId: vpc.id, tags: tags(name, `private-${letter}`) },
      options,
    );
    privateRoutes.push(routes);
    new Route(
      `private-${letter}`,
      { routeTableId: routes.id, destinationCidrBlock: anywhere, natGatewayId: nat.id },
      options,
    );
    const subnet = new Subnet(
      `private-${letter}`,
      {
        vpcId: vpc.id,
        availabilityZone: zone,
        cidrBlock: cidrs(zone).private,
        tags: tags(name, `private-${letter}`, { 'kubezero/subnet': 'private', 'kubernetes.io/role/internal-elb': '1' }),
      },
      options,
    );
    new RouteTableAssociation(`private-${letter}`, { subnetId: subnet.id, routeTableId: routes.id }, options);
    return subnet;
  });

  new VpcEndpoint(
    's3',
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [publicRoutes.id, ...privateRoutes.map(({ id }) => id)],
      tags: tags(name, 's3'),
    },
    options,
  );
  return { vpc, publicSubnetIds: ids(publicSubnets), privateSubnetIds: ids(privateSubnets) };
}

function perZone<T>(zones: readonly string[], create: (zone: string, letter: string) => T): Record<string, T> {
  return Object.fromEntries(zones.map((zone) => [zone, create(zone, zone.slice(-1))]));
}

function ids(subnets: Record<string, Subnet>): Record<string, Output<string>> {
  return Object.fromEntries(Object.entries(subnets).map(([zone, { id }]) => [zone, id]));
}
