import { expect, it } from 'vitest';
import type { Cluster } from '../../../automation/live/kubernetes/client.ts';
import { clusterRecord } from '../../../automation/upgrade/record.ts';

it('the record in the cluster has no secret in it', async () => {
  let events = '';
  const core = {
    readNamespacedConfigMap: async () => ({ data: { events } }),
    replaceNamespacedConfigMap: async ({ body }: { body: { data: { events: string } } }) => {
      events = body.data.events;
    },
  };
  const sink = clusterRecord({ core } as unknown as Cluster);
  sink({
    type: 'step-finished',
    id: 'gitops',
    title: 'x',
    outcome: 'failed',
    detail: 'git push to https://me:hunter2@git.example.com failed',
    at: '2026-01-02T01:00:00.000Z',
  });
  await sink.close?.();
  expect(events).toContain('https://me:[secret]@git.example.com');
  expect(events).not.toContain('hunter2');
});
