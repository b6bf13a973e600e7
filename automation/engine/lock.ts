import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { lockOwners } from '../../pulumi/messages.ts';
import { isAlive } from '../live/processes.ts';

/**
 * Pulumi's file and object-store backends lock a stack without an expiry: a killed run strands its lock. A process of this
 * machine that no longer runs loses it, any other is waited for.
 */
export async function unlockIfAbandoned(stack: Stack, error: unknown): Promise<void> {
  const text = `${(error as Error).message}\n${((error as Error).cause as Error | undefined)?.message ?? ''}`;
  const owners = lockOwners(text);
  const abandoned = owners.length > 0 && owners.every(({ host, pid }) => host === hostname() && !isAlive(pid));
  if (abandoned) await stack.cancel();
  else await setTimeout(2_000);
}
