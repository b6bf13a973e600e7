import { releases } from '../../releases/index.ts';
import type { Machine } from '../../sandbox/aws/machine.ts';
import { run } from '../../sandbox/processes.ts';
import { missingForMachines } from '../../sandbox/real/requirements.ts';

export const region = 'eu-central-1';

/** Why there can be no real machines here; none where there can. */
export const missing = await missingForMachines();
if (missing.length > 0) console.warn(`real machines are not tried here: ${missing.join('; ')}`);

/** A machine of a release, as the simulated account hands it to its hardware. */
export function machineOf(
  release: keyof typeof releases,
  {
    instanceId,
    privateIp,
    zone = 'a',
    userData = '',
  }: { instanceId: string; privateIp: string; zone?: string; userData?: string },
): Machine {
  return {
    instanceId,
    privateIp,
    zone: region + zone,
    instanceType: 't3.medium',
    imageId: 'ami-0123456789abcdef0',
    imageName: releases[release]!.image.name.replace('*', '20220501'),
    userData,
    tags: {},
  };
}

/** What this host has of machines of a sandbox. */
export async function leftovers(number: number, directory: string): Promise<string> {
  const command = `ip netns list | grep ^kz${number}-; ip -o link | grep kz${number}h; ip rule | grep ${19_800 + number}
    ls -d /sys/fs/cgroup/*/kz${number}-*; losetup --list --noheadings --output NAME,BACK-FILE | grep ${directory}
    ls /run/kubezero-sandbox/${number}.json; true`;
  const { stdout } = await run('sh', ['-c', `{ ${command}; } 2> /dev/null`]);
  return stdout;
}
