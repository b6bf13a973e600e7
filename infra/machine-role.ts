import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { Environment } from '../environment/environment.ts';
import { policy, type Statement, trustedBy } from './policy.ts';
import { roleName, tags } from './tags.ts';

/** Role of the machines themselves, and the profile that gives it to them. Pods don't have it: they can't reach the metadata service. */
export function createMachineRole(
  environment: Environment,
  name: 'controller' | 'worker',
  statements: Statement[],
  options: CustomResourceOptions,
): InstanceProfile {
  const fullName = roleName(environment.region, environment.name, name);
  const role = new Role(
    name,
    {
      name: fullName,
      description: `${name}s of cluster ${environment.name}`,
      assumeRolePolicy: trustedBy('ec2'),
      tags: tags(environment.name, name),
    },
    options,
  );
  new RolePolicy(name, { name, role: role.id, policy: policy(...statements) }, options);
  return new InstanceProfile(name, { name: fullName, role: role.name, tags: tags(environment.name, name) }, options);
}
