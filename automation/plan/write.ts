import type { Environment } from '../../stacks/environment.ts';
import type { EnvironmentPlan } from './document.ts';
import { fingerprintOf, type States } from './fingerprint.ts';
import { writePlan } from './pin.ts';

/**
 * Pins a plan that was just made: adds what it was made from, and writes it to a file. What moves between the previews and
 * this is noticed when it is applied, since a fresh preview must give the same then.
 */
export async function pinPlan(
  file: string,
  environment: Environment,
  stacks: States,
  plan: EnvironmentPlan,
): Promise<void> {
  writePlan(file, { ...plan, fingerprint: await fingerprintOf(environment, stacks, plan) });
}
