import { hostname } from 'node:os';
import { ApiException, type V1Lease } from '@kubernetes/client-node';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../../../automation/live/kubernetes/client.ts';
import { holdLease } from '../../../automation/live/kubernetes/lease.ts';

let lease: V1Lease | undefined;

/** The API of one Lease, kept in memory. */
const cluster = {
  coordination: {
    readNamespacedLease: async () => {
      if (!lease) throw new ApiException(404, 'not found', {}, {});
      return structuredClone(lease);
    },
    createNamespacedLease: async ({ body }: { body: V1Lease }) => {
      if (lease) throw new ApiException(409, 'exists', {}, {});
      lease = { ...body, metadata: { ...body.metadata, resourceVersion: '1' } };
    },
    replaceNamespacedLease: async ({ body }: { body: V1Lease }) => {
      if (body.metadata?.resourceVersion !== lease?.metadata?.resourceVersion)
        throw new ApiException(409, 'conflict', {}, {});
      lease = {
        ...body,
        metadata: { ...body.metadata, resourceVersion: `${Number(lease?.metadata?.resourceVersion) + 1}` },
      };
    },
    deleteNamespacedLease: async () => {
      lease = undefined;
    },
  },
} as unknown as Cluster;

function heldBy(holderIdentity: string, secondsAgo: number): void {
  const renewTime = new Date(Date.now() - secondsAgo * 1000);
  lease = {
    metadata: { resourceVersion: '7' },
    spec: { holderIdentity, renewTime: renewTime as never, leaseDurationSeconds: 30 },
  };
}

beforeEach(() => {
  lease = undefined;
});

describe('the upgrade lock', () => {
  it('is held by one run and given back', async () => {
    const held = await holdLease(cluster);
    expect(lease?.spec?.holderIdentity).toContain(`pid ${process.pid}`);
    await held.release();
    expect(lease).toBeUndefined();
  });

  it('keeps a second run out, and says who holds it and since when', async () => {
    heldBy('ann@build-7 pid 41', 4);
    await expect(holdLease(cluster)).rejects.toMatchObject({
      message: 'another upgrade is running: ann@build-7 pid 41, last seen 4 s ago',
      exitCode: 5,
    });
  });

  it('is taken over from a holder that wasn’t seen for 30 s', async () => {
    heldBy('ann@build-7 pid 41', 31);
    await (await holdLease(cluster)).release();
  });

  it('is taken over at once from a process of this machine that is gone', async () => {
    heldBy(`ann@${hostname()} pid 4194304`, 1);
    await (await holdLease(cluster)).release();
  });

  it('is left alone at the end when another run took it over meanwhile', async () => {
    const held = await holdLease(cluster);
    heldBy('bob@build-8 pid 5', 0);
    await held.release();
    expect(lease?.spec?.holderIdentity).toBe('bob@build-8 pid 5');
  });
});
