import type { Event, EventBody } from '../../../automation/report/events.ts';

/** Stamps events: each entry is seconds after 01:00:00 and an event. */
export function at(entries: [number, EventBody][]): Event[] {
  const start = Date.parse('2026-01-02T01:00:00.000Z');
  return entries.map(([seconds, event]) => ({ ...event, at: new Date(start + seconds * 1000).toISOString() }));
}

const surge = { id: 'workers-surge', title: 'Double every worker group', passage: '8. Replace worker nodes' };
const drain = { id: 'workers-drain', title: 'Drain the old workers', passage: '8. Replace worker nodes' };
const crds = { id: 'logging-crds', title: 'Replace the CRDs of ECK' };

/** An upgrade with everything that can happen in one. */
export const upgradeRun: Event[] = at([
  [
    0,
    { type: 'run-started', version: 1, command: 'upgrade', environment: 'demo', release: { from: '1.21', to: '1.22' } },
  ],
  [0, { type: 'step-pending', ...crds }],
  [0, { type: 'step-pending', ...surge }],
  [0, { type: 'step-pending', ...drain }],
  [1, { type: 'step-started', ...crds }],
  [1, { type: 'step-finished', ...crds, outcome: 'skipped', detail: 'no such CRD in the cluster' }],
  [2, { type: 'step-started', ...surge }],
  [
    3,
    {
      type: 'resource',
      stack: 'demo-workers',
      op: 'update',
      urn: 'urn:pulumi:demo-workers::kubezero::kubezero:infra:Workers$aws:autoscaling/group:Group::general',
      name: 'general',
    },
  ],
  [
    5,
    {
      type: 'stack-update',
      stack: 'demo-workers',
      changes: { create: 0, update: 2, replace: 0, delete: 0, same: 14 },
      seconds: 3.2,
    },
  ],
  [
    5,
    {
      type: 'gate-waiting',
      step: 'workers-surge',
      gate: 'all new workers joined',
      waits: [
        { object: 'Node a', reason: 'not there' },
        { object: 'Node b', reason: 'not there' },
      ],
    },
  ],
  [
    6,
    {
      type: 'gate-waiting',
      step: 'workers-surge',
      gate: 'all new workers joined',
      waits: [
        { object: 'Node a', reason: 'not there' },
        { object: 'Node b', reason: 'not there' },
      ],
    },
  ],
  [
    6,
    {
      type: 'tolerated',
      step: 'workers-surge',
      issue: 'gateway-sysctl',
      objects: ['Pod istio-ingress/gw-1'],
      until: 'workers-drain',
    },
  ],
  [
    8,
    {
      type: 'gate-waiting',
      step: 'workers-surge',
      gate: 'all new workers joined',
      waits: [{ object: 'Node b', reason: 'not there' }],
    },
  ],
  [
    8,
    {
      type: 'tolerated',
      step: 'workers-surge',
      issue: 'gateway-sysctl',
      objects: ['Pod istio-ingress/gw-1'],
      until: 'workers-drain',
    },
  ],
  [
    21,
    {
      type: 'gate-waiting',
      step: 'workers-surge',
      gate: 'all new workers joined',
      waits: [{ object: 'Node b', reason: 'not Ready' }],
    },
  ],
  [25, { type: 'gate-passed', step: 'workers-surge', gate: 'all new workers joined' }],
  [25, { type: 'step-finished', ...surge, outcome: 'changed' }],
  [25, { type: 'step-started', ...drain }],
  [26, { type: 'action', what: 'drain', object: 'Node old-1' }],
  [27, { type: 'warning', message: 'a Pod without a controller goes', where: 'Pod default/lonely' }],
  [95, { type: 'step-finished', ...drain, outcome: 'failed', detail: 'a PodDisruptionBudget allows nothing' }],
  [95, { type: 'run-finished', exit: 4, summary: 'demo stopped at workers-drain' }],
]);

/** A rehearsal whose upgrade was killed before it could say that it ended. */
export const rehearsalRun: Event[] = at([
  [0, { type: 'run-started', version: 1, command: 'rehearse', environment: 'demo' }],
  [0, { type: 'step-pending', id: 'upgrade', title: 'Upgrade' }],
  [0, { type: 'step-pending', id: 'verify', title: 'Verify' }],
  [0, { type: 'step-started', id: 'upgrade', title: 'Upgrade' }],
  [1, { type: 'run-started', version: 1, command: 'upgrade', environment: 'demo' }],
  [1, { type: 'step-pending', ...surge }],
  [1, { type: 'step-started', ...surge }],
  [4, { type: 'step-finished', id: 'upgrade', title: 'Upgrade', outcome: 'changed' }],
  [4, { type: 'step-started', id: 'verify', title: 'Verify' }],
  [5, { type: 'step-finished', id: 'verify', title: 'Verify', outcome: 'already-done' }],
  [5, { type: 'run-finished', exit: 0, summary: 'all well' }],
]);
