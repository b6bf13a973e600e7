import type { StackPlan } from './schema.ts';

/** Violations of mandatory policies that an operation of a stack met, a line each; empty: it may go on. */
export function mandatoryViolations({ policies }: Pick<StackPlan, 'policies'>): string[] {
  return policies
    .filter(({ level }) => level === 'mandatory')
    .map(({ pack, policy, message, resource }) => {
      const on = resource ? `, ${resource.split('::').at(-1)}` : '';
      return `policy ${policy} of ${pack}${on}: ${message.split('\n').join('; ')}`;
    });
}
