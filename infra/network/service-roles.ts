import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import { type CustomResourceOptions, type Input, type Output, output } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import { policy } from '../policy.ts';
import { roleName, tags } from '../tags.ts';
import { type Subjects, serviceRoles } from './service-permissions.ts';

export interface ServiceRolesArgs {
  environment: Environment;
  oidcIssuer: string;
  oidcProviderArn: Input<string>;
  subjects: Output<Subjects>;
}

/** Roles that the modules' service accounts take on, by consumer. @returns their ARNs. */
export function createServiceRoles(
  args: ServiceRolesArgs,
  options: CustomResourceOptions,
): Record<string, Output<string>> {
  const { environment, oidcIssuer, oidcProviderArn, subjects } = args;
  const { name, region } = environment;
  return Object.fromEntries(
    Object.entries(serviceRoles).map(([consumer, { name: role, serviceAccounts, statements }]) => {
      const created = new Role(
        consumer,
        {
          name: roleName(region, name, role),
          description: `${consumer} of cluster ${name}`,
          assumeRolePolicy: output(oidcProviderArn).apply((arn) =>
            trustedServiceAccounts(oidcIssuer, arn, serviceAccounts),
          ),
          tags: tags(name, consumer),
        },
        options,
      );
      const granted = subjects.apply((known) => policy(...statements(known)));
      new RolePolicy(consumer, { role: created.id, policy: granted }, options);
      return [consumer, created.arn];
    }),
  );
}

/** Only these service accounts, and only with tokens made for AWS. */
function trustedServiceAccounts(issuer: string, providerArn: string, serviceAccounts: string[]): string {
  const key = issuer.replace(/^https:\/\//, '');
  return policy({
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: providerArn },
    Condition: {
      StringEquals: {
        [`${key}:aud`]: 'sts.amazonaws.com',
        [`${key}:sub`]: serviceAccounts.map((account) => `system:serviceaccount:${account}`),
      },
    },
  });
}
