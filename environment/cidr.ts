/** An IPv4 network as numbers. */
export interface Network {
  base: number;
  prefix: number;
}

/** Parses `10.0.0.0/16`. Undefined where an octet or the prefix is out of range or host bits are set. */
export function parseCidr(cidr: string): Network | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (!match) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const base = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return base % 2 ** (32 - prefix) === 0 ? { base, prefix } : undefined;
}

function formatCidr({ base, prefix }: Network): string {
  return `${[24, 16, 8, 0].map((shift) => (base >>> shift) & 255).join('.')}/${prefix}`;
}

/** Whether two networks share an address. */
export function overlap(a: Network, b: Network): boolean {
  const size = (network: Network) => 2 ** (32 - network.prefix);
  return a.base < b.base + size(b) && b.base < a.base + size(a);
}

/** Position of a zone in its region: `eu-central-1a` is 0. Subnets follow it, so the order of `zones` doesn't move them. */
function zoneIndex(zone: string): number {
  return zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0);
}

export interface ZoneSubnets {
  public: string;
  private: string;
}

/**
 * A private and a public subnet for each zone. The network is cut into blocks: /24, or smaller where it has fewer than
 * 16 of those. Private subnets start at the second block (the first stays free), public ones in the middle:
 * 10.0.0.0/16 gives 10.0.1.0/24 and 10.0.128.0/24 to zone a.
 * @returns undefined where the network is too small for that.
 */
export function subnetsOf(cidr: string, zones: readonly string[]): Record<string, ZoneSubnets> | undefined {
  const network = parseCidr(cidr);
  if (!network) return undefined;
  const prefix = subnetPrefix(network.prefix);
  const blocks = 2 ** (prefix - network.prefix);
  if (blocks < blocksNeeded(zones)) return undefined;
  const block = (index: number) => formatCidr({ base: network.base + index * 2 ** (32 - prefix), prefix });
  return Object.fromEntries(
    zones.map((zone) => [zone, { private: block(1 + zoneIndex(zone)), public: block(blocks / 2 + zoneIndex(zone)) }]),
  );
}

/** Longest prefix (smallest network) that has room for these zones' subnets. */
export function smallestPrefix(zones: readonly string[]): number {
  let prefix = 28;
  while (prefix > 16 && 2 ** (subnetPrefix(prefix) - prefix) < blocksNeeded(zones)) prefix--;
  return prefix;
}

/** AWS takes no subnet smaller than /28. */
function subnetPrefix(prefix: number): number {
  return Math.min(28, Math.max(24, prefix + 4));
}

function blocksNeeded(zones: readonly string[]): number {
  return 2 * (Math.max(...zones.map(zoneIndex)) + 2);
}
