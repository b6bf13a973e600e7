import type { Group, Instance } from '../account.ts';

/**
 * Which instances a scale-in takes, by AWS's default termination policy: from the zone with the most instances, there the
 * oldest launch template version, then the oldest instance. `OldestInstance` and `NewestInstance` are known too. Instances
 * protected from scale-in are never taken, so there may be fewer than asked for.
 */
export function pickForScaleIn(group: Group, members: Instance[], count: number): Instance[] {
  const left = [...members];
  const picked: Instance[] = [];
  while (picked.length < count) {
    const candidates = fullestZone(left);
    const next = candidates.sort(order(group.terminationPolicies[0]))[0];
    if (!next) break;
    picked.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return picked;
}

/** Unprotected instances of the zone that has the most instances, of zones with an unprotected one. */
function fullestZone(members: Instance[]): Instance[] {
  const zones = new Set(members.map(({ zone }) => zone));
  const eligible = [...zones]
    .map((zone) => members.filter((member) => member.zone === zone))
    .map((all) => ({ count: all.length, free: all.filter(({ protectedFromScaleIn }) => !protectedFromScaleIn) }))
    .filter(({ free }) => free.length > 0)
    .sort((one, other) => other.count - one.count);
  return eligible[0]?.free ?? [];
}

function order(policy = 'Default'): (one: Instance, other: Instance) => number {
  const age = (one: Instance, other: Instance) => one.launchTime.getTime() - other.launchTime.getTime();
  if (policy === 'NewestInstance') return (one, other) => -age(one, other);
  if (policy === 'OldestInstance') return age;
  return (one, other) => (one.launchTemplate?.version ?? 0) - (other.launchTemplate?.version ?? 0) || age(one, other);
}
