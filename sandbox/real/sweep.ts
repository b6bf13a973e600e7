import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsNamed, removeCgroups } from './cgroups.ts';
import { prefixOf } from './names.ts';
import { removeNetwork } from './network.ts';
import { detachLoop, loopsBelow } from './volumes.ts';

/** One file for each sandbox with real machines on this host; gone with the host's next start, as what it tells of is. */
const claims = '/run/kubezero-sandbox';

/** A sandbox that has, or had, real machines. */
interface Claim {
  number: number;
  pid: number;
  /** Of the process, in clock ticks since the host's start: another one with the same PID isn't it. */
  startedAt: string;
  /** Where the files of its volumes are. */
  volumes: string;
}

/** Says that the machines of that number are this process's. */
export function claimMachines(number: number, volumes: string): void {
  mkdirSync(claims, { recursive: true });
  const claim: Claim = { number, pid: process.pid, startedAt: startOf(process.pid) ?? '', volumes };
  writeFileSync(claimFile(number), `${JSON.stringify(claim)}\n`);
}

/**
 * Ends and takes away what sandboxes that are no more have left: machines, networks, loop devices. What has the caller's
 * own number is left over too, since no other sandbox that runs can have it.
 * @returns what was found, for people
 */
export async function sweep(number: number): Promise<string[]> {
  const found: string[] = [];
  const abandoned = readClaims().filter((claim) => claim.number === number || startOf(claim.pid) !== claim.startedAt);
  for (const each of new Set([number, ...abandoned.map((claim) => claim.number)])) {
    const claim = abandoned.find((candidate) => candidate.number === each);
    found.push(...(await removeMachines(each, claim?.volumes)));
  }
  return found;
}

/** Everything of one number. */
export async function removeMachines(number: number, volumes?: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of cgroupsNamed(prefixOf(number))) {
    await removeCgroups(name);
    found.push(`machine ${name}`);
  }
  found.push(...(await removeNetwork(number)).map((name) => `network ${name}`));
  for (const loop of volumes === undefined ? [] : await loopsBelow(volumes)) {
    await detachLoop(loop);
    found.push(loop);
  }
  rmSync(claimFile(number), { force: true });
  return found;
}

function readClaims(): Claim[] {
  if (!existsSync(claims)) return [];
  return readdirSync(claims).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(claims, name), 'utf8')) as Claim];
    } catch {
      // Half written by one that was killed: its number will be claimed again.
      return [];
    }
  });
}

function claimFile(number: number): string {
  return join(claims, `${number}.json`);
}

/** When a process was started; undefined where there is none of that PID. */
function startOf(pid: number): string | undefined {
  try {
    // The name in parentheses may have spaces itself.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  } catch {
    return undefined;
  }
}
