import type { Release } from '../../releases/release.ts';

/** Feature gates of every control-plane component and of the kubelet. */
export function featureGates({ machines }: Release): Record<string, boolean> {
  return Object.fromEntries(machines.featureGates.map((name) => [name, true]));
}

/** As the value of a `--feature-gates` argument. */
export function featureGatesArgument(release: Release): string {
  return Object.entries(featureGates(release))
    .map(([name, on]) => `${name}=${on}`)
    .join(',');
}
