import type { Upgrade, UpgradeStep } from '../../releases/upgrade.ts';

/**
 * The steps in the order to run them: the release notes' order, or with the new workers before the Istio steps
 * (`--surge-first`), which keeps new gateway pods off kubelets that reject their sysctl.
 */
export function orderedSteps(upgrade: Upgrade, options: { surgeFirst?: boolean } = {}): UpgradeStep[] {
  if (!options.surgeFirst) return upgrade.steps;
  const surge = upgrade.steps.filter((step) => step.action.kind === 'workers-surge');
  const others = upgrade.steps.filter((step) => step.action.kind !== 'workers-surge');
  const position = others.findIndex((step) => step.id === upgrade.surgeFirstBefore);
  return [...others.slice(0, position), ...surge, ...others.slice(position)];
}
