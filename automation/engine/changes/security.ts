import type { ResourceInputs } from './properties.ts';
import type { ResourceChange } from './schema.ts';
import { awsNotes } from './security-aws.ts';
import { kubernetesNotes } from './security-kubernetes.ts';
import { Sides } from './sides.ts';

/**
 * Why a reviewer should look twice at a change: who may do what (IAM, RBAC), what is reachable from where (security groups,
 * load balancers, public addresses), encryption, what a container may do to its machine. Labels, tags and descriptions
 * alone are no reason.
 * @param inputs on both sides, as the engine gave them, secrets included: of their values only those of a known form are
 * quoted (actions, ports, networks that are everything, capabilities, paths of machines).
 * @returns short phrases such as `IAM policy: allows s3:*`, `open to 0.0.0.0/0: tcp 22`; empty: no reason.
 */
export function securityNotes(change: ResourceChange, inputs: ResourceInputs): string[] {
  if (change.operation === 'read') return [];
  const sides = new Sides(change, inputs);
  const [provider, , kind = ''] = change.type.split(':');
  if (provider === 'aws') return [...new Set(awsNotes(change.type, sides))];
  if (provider === 'kubernetes') return [...new Set(kubernetesNotes(kind.replace(/Patch$/, ''), sides))];
  return [];
}
