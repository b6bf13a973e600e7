import type { EventBody } from '../../report/events.ts';
import { countChanges } from './counts.ts';
import type { StackPlan } from './schema.ts';

/**
 * What an update (or a preview) of one stack comes to, as events: policies it violates, then its counts.
 * @param about  what to say of the update besides: its step, that it is a preview
 */
export function updateEvents(plan: StackPlan, about: { step?: string; preview?: boolean } = {}): EventBody[] {
  const { stack, policies, seconds } = plan;
  const { step } = about;
  return [
    ...policies.map((violation) => ({
      type: 'policy-violation' as const,
      stack,
      ...violation,
      ...(step === undefined ? {} : { step }),
    })),
    {
      type: 'stack-update',
      stack,
      ...about,
      changes: countChanges(plan),
      ...(seconds === undefined ? {} : { seconds }),
    },
  ];
}
