import { createHash } from 'node:crypto';

/**
 * What a sandbox's real machines are made of carries its number in its name, so that the next sandbox with that number
 * finds what one that was killed has left: network namespaces `kz7-…`, cgroups `kz7-…`, the link `kz7h`.
 */
export function prefixOf(number: number): string {
  return `kz${number}-`;
}

/** Of a machine's network namespace and cgroups. */
export function machineName(number: number, instanceId: string): string {
  return `${prefixOf(number)}${instanceId.replace(/^i-/, '')}`;
}

/** Namespace of the network that stands for the VPC: its router and its bridge. */
export function vpcName(number: number): string {
  return `${prefixOf(number)}vpc`;
}

/** Network interface of this host towards the VPC; such names have at most 15 characters. */
export function hostLink(number: number): string {
  return `kz${number}h`;
}

/** Network interface of the VPC's bridge towards a machine. */
export function machineLink(instanceId: string): string {
  return `m${createHash('sha256').update(instanceId).digest('hex').slice(0, 12)}`;
}

/** Addresses of the link between this host and the VPC; 198.18.0.0/15 is nobody's. */
export function linkAddresses(number: number): { host: string; router: string } {
  return { host: `198.18.${number}.1`, router: `198.18.${number}.2` };
}

/** Routing table for packets that come from the host's address on that link. */
export function routingTable(number: number): number {
  return 19_800 + number;
}
