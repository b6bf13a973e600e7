import type { ResourceChange, StackPlan } from '../../../../automation/engine/changes/schema.ts';
import type { EnvironmentPlan, PlannedStep } from '../../../../automation/plan/document.ts';
import { becomes, change } from '../../plan/plans.ts';

export { becomes, change };

export const lostVolume = change({
  operation: 'delete',
  type: 'aws:ebs/volume:Volume',
  name: 'etcd-c',
  id: 'vol-0abc',
  properties: [],
  diffs: [],
  protected: true,
  guard: {
    kind: 'etcd volume',
    allowed: false,
    loss: 'the etcd data of its controller is lost',
    name: 'etcd-c',
  },
});

export function stack(layer: StackPlan['layer'], changes: ResourceChange[], given: Partial<StackPlan> = {}): StackPlan {
  return {
    stack: `demo-${layer}`,
    layer,
    basis: { kind: 'live' },
    changes,
    unchanged: 7,
    outputs: [],
    diagnostics: [],
    policies: [],
    ...given,
  };
}

export function plan(stacks: StackPlan[], given: Partial<EnvironmentPlan> = {}): EnvironmentPlan {
  return {
    version: 1,
    command: 'preview',
    environment: 'demo',
    at: '2022-06-01T03:00:00Z',
    commit: '0123456789abcdef',
    release: { files: '1.21', deployed: '1.21' },
    verdict: { outcome: 'changes', exit: 2, text: '1 resource of demo-workers would be updated' },
    stacks,
    charts: [],
    ...given,
  };
}

export function step(id: string, given: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id,
    title: `what ${id} is for`,
    passage: 'Upgrade 1.22, 3. Control plane',
    state: 'would-run',
    notes: [],
    blockers: [],
    stacks: [],
    gates: [],
    disruption: { what: 'nothing', restarts: [] },
    undo: { possible: 'yes', how: 'the same step with the old release' },
    ...given,
  };
}

export function upgrade(steps: PlannedStep[]): Partial<EnvironmentPlan> {
  return {
    release: { files: '1.22', deployed: '1.21' },
    upgrade: { from: '1.21', to: '1.22', surgeFirst: false, steps },
  };
}

/** As large as a release that touches everything. */
export function largePlan(changes = 2_000): EnvironmentPlan {
  const all = Array.from({ length: changes }, (_, index) => {
    const images = Array.from({ length: 5 }, (_, place) =>
      becomes(`spec.template.spec.containers[${place}].image`, `registry.example.com/app:1.${place}`, 'app:2'),
    );
    return change({
      operation: index % 5 === 0 ? 'create' : 'update',
      type: 'kubernetes:apps/v1:Deployment',
      name: `Deployment/ns-${index % 40}/app-${index}`,
      parent: `module-${index % 17}`,
      diffs: index % 5 === 0 ? [] : images,
      security: index % 100 === 1 ? ['privileged'] : [],
    });
  });
  return plan([stack('controllers', [lostVolume]), stack('modules', all)]);
}
