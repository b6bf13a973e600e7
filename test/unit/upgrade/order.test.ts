import { describe, expect, it } from 'vitest';
import { orderedSteps } from '../../../automation/upgrade/order.ts';
import { moduleIds, optionalModuleIds } from '../../../releases/release.ts';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';

const ids = (surgeFirst: boolean) => orderedSteps(upgrade, { surgeFirst }).map((step) => step.id);

describe('the order of the 1.22 upgrade', () => {
  it('is that of the release notes', () => {
    expect(ids(false)).toEqual([
      'context',
      'preconditions',
      'application',
      'logging-crds',
      'logging',
      'metrics-crds',
      'metrics',
      'control-plane',
      'controllers',
      'workers',
      'controllers-reboot',
      'crds',
      'cert-manager',
      'istio',
      'istio-private-ingress',
      'istio-ingress',
      'gitops',
      'workers-surge',
      'workers-drain',
      'workers-reset',
    ]);
  });

  it('brings the new workers just before the CRDs with --surge-first, and changes nothing else', () => {
    const reordered = ids(true);
    expect(reordered.indexOf('workers-surge')).toBe(reordered.indexOf('crds') - 1);
    expect(reordered.filter((id) => id !== 'workers-surge')).toEqual(ids(false).filter((id) => id !== 'workers-surge'));
  });

  it('brings the CRDs of every module before the modules that follow', () => {
    const step = upgrade.steps.find(({ id }) => id === 'crds')!;
    expect(step.action).toEqual({ kind: 'crds', modules: [...moduleIds] });
  });

  it('leaves the optional modules, which the release notes don’t name, to the last step that moves modules', () => {
    const earlier = upgrade.steps.flatMap(({ action }) =>
      action.kind === 'modules' || action.kind === 'control-plane' ? action.modules : [],
    );
    expect(earlier.filter((id) => (optionalModuleIds as readonly string[]).includes(id))).toEqual([]);
  });

  it('has every known issue end at a step or module that exists', () => {
    for (const issue of upgrade.knownIssues) {
      if (issue.until) expect(ids(false)).toContain(issue.until);
      else expect(issue.untilModule).toBeDefined();
    }
  });
});
