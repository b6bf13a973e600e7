import type { Event } from '../automation/report/events.ts';

type Type = Event['type'];

const step = { id: 'controllers-reboot', title: 'Replace the controllers, one after the other' };
const passage = '5. Reboot controller(s) one by one';

/** One event of each type, as it may be printed; in the order in which the page shows them. */
export const eventExamples: { [Each in Type]: Extract<Event, { type: Each }> } = {
  'run-started': {
    type: 'run-started',
    version: 1,
    command: 'upgrade',
    environment: 'demo',
    release: { from: '1.21', to: '1.22' },
    at: '2022-06-01T03:00:00.000Z',
  },
  'plan-pinned': {
    type: 'plan-pinned',
    file: 'plan.json',
    planned: '2022-05-31T14:12:09.120Z',
    stacks: ['demo-controllers', 'demo-workers', 'demo-modules'],
    at: '2022-06-01T03:00:00.100Z',
  },
  'step-pending': { type: 'step-pending', ...step, passage, at: '2022-06-01T03:00:00.200Z' },
  'step-started': { type: 'step-started', ...step, passage, at: '2022-06-01T03:04:00.000Z' },
  resource: {
    type: 'resource',
    stack: 'demo-controllers',
    op: 'update',
    urn: 'urn:pulumi:demo-controllers::kubezero::kubezero:infra:Controllers$aws:ec2/launchTemplate:LaunchTemplate::demo-a',
    name: 'demo-a',
    at: '2022-06-01T03:04:02.000Z',
  },
  'policy-violation': {
    type: 'policy-violation',
    stack: 'demo-controllers',
    pack: 'house',
    policy: 'tagged',
    level: 'advisory',
    message: 'every machine says whose it is: tag `owner`',
    at: '2022-06-01T03:04:05.000Z',
  },
  'stack-update': {
    type: 'stack-update',
    stack: 'demo-controllers',
    changes: { create: 0, update: 3, replace: 0, delete: 0, same: 41 },
    seconds: 4.2,
    at: '2022-06-01T03:04:05.000Z',
  },
  action: {
    type: 'action',
    what: 'drain',
    object: 'Node ip-10-0-1-10',
    step: step.id,
    at: '2022-06-01T03:04:06.000Z',
  },
  'gate-waiting': {
    type: 'gate-waiting',
    step: step.id,
    gate: 'all pods running',
    waits: [{ object: 'Pod logging/elastic-operator-0', reason: 'CrashLoopBackOff' }],
    at: '2022-06-01T03:06:00.000Z',
  },
  tolerated: {
    type: 'tolerated',
    step: step.id,
    issue: 'elastic-operator-crash-loop',
    objects: ['Pod logging/elastic-operator-0'],
    until: 'logging',
    at: '2022-06-01T03:06:00.000Z',
  },
  'gate-passed': { type: 'gate-passed', step: step.id, gate: 'all pods running', at: '2022-06-01T03:06:04.000Z' },
  'step-finished': {
    type: 'step-finished',
    ...step,
    passage,
    outcome: 'changed',
    at: '2022-06-01T03:12:30.000Z',
  },
  warning: {
    type: 'warning',
    message: 'a Pod without a controller goes',
    where: 'Pod default/lonely',
    at: '2022-06-01T03:14:00.000Z',
  },
  charts: {
    type: 'charts',
    charts: [{ chart: 'cilium', version: '1.11.3', origin: 'cache', place: '/home/ops/.cache/kubezero/charts' }],
    at: '2022-06-01T03:20:00.000Z',
  },
  'run-finished': {
    type: 'run-finished',
    exit: 0,
    summary: 'demo is at 1.22: 14 steps in 20 min 00 s',
    timing: { total: 1201, engine: 260, gates: 700, actions: 230, overhead: 11 },
    at: '2022-06-01T03:20:01.000Z',
  },
  error: {
    type: 'error',
    version: 1,
    exit: 8,
    message: 'step controllers-reboot stopped: gate "all pods running" doesn’t open',
    where: 'Pod logging/elastic-operator-0',
    state: 'the cluster keeps serving; finished steps stay finished',
    fix: 'mend the cause; kubezero upgrade demo goes on from step controllers-reboot',
    at: '2022-06-01T03:20:01.000Z',
  },
};
