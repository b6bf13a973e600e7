import type { ResourceChange, StackPlan } from '../../../automation/engine/changes/schema.ts';
import type { PinnedPlan } from '../../../automation/plan/pin.ts';

/** A change of a launch template's instance type, or what is given instead. */
export function change(given: Partial<ResourceChange> = {}): ResourceChange {
  const { type = 'aws:ec2/launchTemplate:LaunchTemplate', name = 'general' } = given;
  return {
    operation: 'update',
    type,
    name,
    urn: urnOf(type, name),
    properties: ['instanceType'],
    replaceKeys: [],
    diffs: [becomes('instanceType', 'm5.large', 'm5.xlarge')],
    detail: 'full',
    protected: false,
    retained: false,
    security: [],
    ...given,
  };
}

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:demo-workers::kubezero::kubezero:workers:Group$${type}::${name}`;
}

export function becomes(path: string, before: string, after: string): ResourceChange['diffs'][number] {
  return {
    path,
    kind: 'update',
    replaces: false,
    before: { state: 'known', value: before },
    after: { state: 'known', value: after },
  };
}

export function workers(changes: ResourceChange[], given: Partial<StackPlan> = {}): StackPlan {
  return {
    stack: 'demo-workers',
    layer: 'workers',
    basis: { kind: 'live' },
    changes,
    unchanged: 0,
    outputs: [],
    diagnostics: [],
    policies: [],
    ...given,
  };
}

export const general = urnOf('aws:ec2/launchTemplate:LaunchTemplate', 'general');
export const group = urnOf('aws:autoscaling/group:Group', 'demo-general');

export function pinned(given: Partial<PinnedPlan> = {}): PinnedPlan {
  return {
    version: 1,
    command: 'preview',
    environment: 'demo',
    at: '2022-06-01T03:00:00Z',
    commit: '0123456',
    release: { files: '1.21', deployed: '1.21' },
    verdict: { outcome: 'changes', exit: 2, text: '1 change' },
    stacks: [workers([change()])],
    charts: [],
    fingerprint: {
      program: 'p1',
      files: { 'demo/application.yaml': 'a1', 'demo/environment.yaml': 'e1' },
      charts: { 'istiod 1.13.3': 'c1' },
      stacks: { 'demo-network': {}, 'demo-workers': { [general]: 't1', [group]: 'g1' } },
    },
    ...given,
  };
}

/** A step of an upgrade. */
export function step(id: string, stacks: StackPlan[]): NonNullable<PinnedPlan['upgrade']>['steps'][number] {
  return {
    id,
    title: id,
    passage: '',
    state: 'would-run',
    notes: [],
    blockers: [],
    stacks,
    gates: [],
    disruption: { what: 'nothing', restarts: [] },
    undo: { possible: 'yes', how: 'the same again' },
  };
}
