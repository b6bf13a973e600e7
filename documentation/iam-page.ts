import type { NetworkOutputs } from '../environment/outputs.ts';
import { controllerStatements, type MachinesOf, workerStatements } from '../infra/machine-permissions.ts';
import { type Subjects, serviceRoles } from '../infra/network/service-permissions.ts';
import type { Statement } from '../infra/policy.ts';
import { code, page, prose, table } from './markdown.ts';

/** What a policy is about, in words. */
const inWords: Subjects = {
  environment: '<cluster>',
  accountId: '<account>',
  region: '<region>',
  hostedZoneIds: ['<private zone>', '<public zone>'],
  certificateZoneId: '<public zone, or the private one>',
  queueArn: 'arn:aws:sqs:<region>:<account>:<cluster>_Nth',
  kmsKeyArn: '<KMS key of the cluster>',
  bucketName: '<backup bucket>',
};

/** The same for machines' policies. */
const machinesInWords: MachinesOf = {
  name: '<cluster>',
  domain: '<domain>',
  controllers: { zones: ['a', 'b', 'c'] },
  access: { ssm: false },
};
const networkInWords: NetworkOutputs = {
  environment: '<cluster>',
  region: '<region>',
  accountId: '<account>',
  vpcId: '<VPC>',
  cidr: '<network>',
  publicSubnetIds: {},
  privateSubnetIds: {},
  controllerSecurityGroupId: '<group>',
  workerSecurityGroupId: '<group>',
  hostedZoneId: '<private zone>',
  apiEndpoint: '<apiHost>:6443',
  backupBucket: '<backup bucket>',
  kmsKeyArn: '<KMS key of the cluster>',
  oidcIssuer: 'https://<S3>/<OIDC bucket>/k8s/<cluster>',
  oidcProviderArn: '<OIDC provider>',
  roleArns: {},
};

/** docs/iam.md: who in the cluster may do what in AWS. */
export function iamPage(): string {
  const roles = Object.entries(serviceRoles);
  return page([
    '<!-- Made by `npm run docs` from infra/machine-permissions.ts and infra/network/service-permissions.ts: edit there. -->',
    '# What machines and modules may do in AWS',
    '## Machines',
    'Controllers and workers have a role each, which their boot program uses and the kubelet pulls images with. Pods have nothing of it: they can’t reach the metadata service. Controllers keep DNS records of the API and of each of themselves, `<cluster>-controller-<zone letter>.<domain>`. With `access.ssm: true` in environment.yaml both may also register with Systems Manager (`ssm:UpdateInstanceInformation`, `ssmmessages:*`, `ec2messages:*`).',
    '### controllers',
    permissions(controllerStatements(machinesInWords, networkInWords)),
    '### workers',
    permissions(workerStatements(machinesInWords, networkInWords)),
    '## Modules',
    'Each part of a module that talks to AWS has a role of its own, made by the network stack and taken on with a token of its service account (OIDC): no other account of the cluster can take it on. Roles are called `<region>.<cluster>.<name>`, as KubeZero’s users know them. All are made, whatever application.yaml switches on: a role that nobody takes on can do nothing.',
    'A role written down in application.yaml (`IamArn`, `iamRoleArn`, an own `AWS_ROLE_ARN`) counts instead of these. Where a module is moved to another namespace, it needs one: the trust is in the namespaces below.',
    table(
      ['who', 'module', 'name', 'service account', 'what for'],
      roles.map(([consumer, { module, name, serviceAccounts, does }]) => [
        code(consumer),
        `[${module}](modules/${module}.md)`,
        code(name),
        serviceAccounts.map((account) => code(account.replace(':', '/'))).join(', '),
        prose(does),
      ]),
    ),
    ...roles.flatMap(([consumer, { statements }]) => [`### ${consumer}`, permissions(statements(inWords))]),
  ]);
}

function permissions(statements: Statement[]): string {
  return table(
    ['may', 'on', 'if'],
    statements.map(({ Action, Resource, Condition }) => [
      [Action].flat().map(code).join(', '),
      [Resource ?? '*'].flat().map(code).join(', '),
      Object.entries(Condition ?? {})
        .flatMap(([test, keys]) =>
          Object.entries(keys).map(
            ([key, value]) => `${code(key)} ${tests[test] ?? test} ${[value].flat().map(code).join(' or ')}`,
          ),
        )
        .join(', '),
    ]),
  );
}

const tests: Record<string, string> = {
  Bool: 'is',
  StringEquals: 'is',
  StringLike: 'is like',
  'ForAllValues:StringEquals': 'is only',
};
