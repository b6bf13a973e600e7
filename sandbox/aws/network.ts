import { type Account, newId, type Subnet, type Vpc } from './account.ts';
import { AwsError } from './errors.ts';

interface Range {
  first: number;
  /** Number of addresses. */
  size: number;
}

export function createVpc(account: Account, cidr: string): Vpc {
  parseCidr(cidr);
  const vpc: Vpc = { id: newId('vpc'), cidr };
  account.vpcs.set(vpc.id, vpc);
  return vpc;
}

export function createSubnet(account: Account, spec: { vpcId: string; cidr: string; zone?: string }): Subnet {
  const vpc = account.vpcs.get(spec.vpcId);
  if (!vpc) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${spec.vpcId}' does not exist`);
  const zone = spec.zone ?? `${account.region}a`;
  if (!account.zones.includes(zone))
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${account.zones.join(', ')}.`,
    );
  const range = parseCidr(spec.cidr);
  const outer = parseCidr(vpc.cidr);
  if (range.first < outer.first || range.first + range.size > outer.first + outer.size)
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${spec.cidr}' is invalid.`);
  for (const other of account.subnets.values()) {
    if (other.vpcId !== vpc.id) continue;
    const taken = parseCidr(other.cidr);
    if (range.first < taken.first + taken.size && taken.first < range.first + range.size)
      throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${spec.cidr}' conflicts with another subnet`);
  }
  const subnet: Subnet = { id: newId('subnet'), vpcId: vpc.id, cidr: spec.cidr, zone, lastHost: 9 };
  account.subnets.set(subnet.id, subnet);
  return subnet;
}

export function getSubnet(account: Account, id: string): Subnet {
  const subnet = account.subnets.get(id);
  if (!subnet) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  return subnet;
}

/** The next free address of the subnet, from .10 on; a released address comes back only after the rest of the subnet. */
export function allocateAddress(account: Account, subnet: Subnet): string {
  const { first, size } = parseCidr(subnet.cidr);
  const held = new Set<string>();
  for (const instance of account.instances.values()) if (instance.state !== 'terminated') held.add(instance.privateIp);
  const firstHost = Math.min(10, size - 2);
  const lastHost = Math.min(size - 2, 250);
  for (let tried = 0, host = subnet.lastHost; tried <= lastHost - firstHost; tried++) {
    host = host >= lastHost || host < firstHost - 1 ? firstHost : host + 1;
    const address = formatAddress(first + host);
    if (held.has(address)) continue;
    subnet.lastHost = host;
    return address;
  }
  throw new AwsError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
  );
}

/** `10.0.1.10` → `ip-10-0-1-10.eu-central-1.compute.internal` */
export function privateDnsName(account: Account, address: string): string {
  const domain = account.region === 'us-east-1' ? 'ec2.internal' : `${account.region}.compute.internal`;
  return `ip-${address.replaceAll('.', '-')}.${domain}`;
}

function parseCidr(cidr: string): Range {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const bits = Number(match?.[5]);
  if (!match || octets.some((octet) => octet > 255) || bits < 16 || bits > 28)
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  const size = 2 ** (32 - bits);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return { first: address - (address % size), size };
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
