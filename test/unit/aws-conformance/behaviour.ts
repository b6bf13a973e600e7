import { expect, vi } from 'vitest';
import type { Dns } from '../aws-dns.ts';
import type { Kms } from '../aws-kms.ts';
import type { World } from '../aws-world.ts';

type Aws = typeof import('../../../automation/live/aws/index.ts');

/** What a behaviour is tried with. */
export interface Given {
  /** AWS as the upgrade calls it. */
  aws: Aws;
  world: World;
  dns: Dns;
  kms: Kms;
  /** Waits until exactly so many machines of a group are in service. */
  inService(group: string, count: number): ReturnType<typeof inService>;
}

/** Says how AWS behaves, and what shows it. */
export type Behaviour = (name: string, run: (given: Given) => Promise<void>) => void;

export async function inService(aws: Aws, name: string, count: number) {
  return vi.waitFor(
    async () => {
      const instances = (await aws.instancesOfGroup(name)).filter(
        ({ lifecycleState }) => lifecycleState === 'InService',
      );
      expect(instances).toHaveLength(count);
      return instances;
    },
    { timeout: 10_000, interval: 50 },
  );
}
