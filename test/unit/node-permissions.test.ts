import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { controllerStatements, workerStatements } from '../../infra/machine-permissions.ts';
import { serviceRoles } from '../../infra/network/service-permissions.ts';
import { programKey } from '../../infra/node/boot-program.ts';
import { readScript } from '../../infra/node/scripts.ts';
import type { Statement } from '../../infra/policy.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { demoAt } from './node-fixture.ts';

const { environment, network } = demoAt('1.22');
const controller = controllerStatements(environment, network);
const worker = workerStatements(environment, network);

const allowing = (statements: Statement[], action: string) =>
  statements.filter(({ Action }) => [Action].flat().includes(action));
const resourcesOf = (statements: Statement[], action: string) =>
  allowing(statements, action).flatMap(({ Resource }) => Resource ?? []);
const objects = 'arn:aws:s3:::demo-backup-111122223333/k8s/demo';

describe('a controller may', () => {
  it('do what its scripts do with the AWS CLI', () => {
    const permissions: Record<string, string> = {
      's3api head-object': 's3:GetObject',
      's3api get-object': 's3:GetObject',
      's3api put-object': 's3:PutObject',
      's3api list-objects-v2': 's3:ListBucket',
      'ec2 describe-instances': 'ec2:DescribeInstances',
      'ec2 describe-volumes': 'ec2:DescribeVolumes',
      'ec2 attach-volume': 'ec2:AttachVolume',
      'route53 list-resource-record-sets': 'route53:ListResourceRecordSets',
      'route53 change-resource-record-sets': 'route53:ChangeResourceRecordSets',
    };
    const scripts = readdirSync(join(repositoryRoot, 'infra/node/scripts')).map(readScript).join('\n');
    const calls = new Set(
      [...scripts.matchAll(/\baws ((?:ec2|s3api|route53) [a-z0-9-]+)/g)].map(([, call = '']) => call),
    );
    expect([...calls].filter((call) => allowing(controller, permissions[call] ?? call).length === 0)).toEqual([]);
  });

  it('change the records of the API and of controllers, and no other', () => {
    const [statement, ...others] = allowing(controller, 'route53:ChangeResourceRecordSets');
    expect(others).toEqual([]);
    expect(statement?.Resource).toBe('arn:aws:route53:::hostedzone/Z1');
    expect(statement?.Condition?.['ForAllValues:StringEquals']).toEqual({
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': [
        'kube-api.demo.example.com',
        'demo-controller-a.demo.example.com',
        'demo-controller-b.demo.example.com',
        'demo-controller-c.demo.example.com',
      ],
    });
  });

  it('attach volumes of the cluster, which are encrypted', () => {
    expect(allowing(controller, 'ec2:AttachVolume')[0]?.Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/kubezero/cluster': 'demo' },
    });
    expect(allowing(controller, 'kms:CreateGrant')).toEqual([
      expect.objectContaining({
        Resource: network.kmsKeyArn,
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    ]);
    expect(resourcesOf(controller, 'kms:DescribeKey')).toEqual([network.kmsKeyArn]);
  });

  it('tell an object that isn’t there from one that it may not read: it may list the bucket, under no condition', () => {
    expect(allowing(controller, 's3:ListBucket')).toEqual([
      { Sid: 'FindClusterKeys', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::demo-backup-111122223333' },
    ]);
  });

  it('read the scripts that its user data has the digest of', () => {
    expect(resourcesOf(controller, 's3:GetObject')).toEqual([`${objects}/*`]);
    expect(programKey('demo', 'x')).toBe('k8s/demo/boot/x');
  });

  it('delete nothing of the bucket', () => {
    const actions = controller.flatMap(({ Action }) => Action).filter((action) => /\*|Delete/.test(action));
    expect(actions).toEqual([]);
  });
});

describe('a worker may', () => {
  it('read the CA’s certificate and the join token, and leave its boot log', () => {
    expect(resourcesOf(worker, 's3:GetObject')).toEqual([`${objects}/pki/ca.crt`, `${objects}/join-token`]);
    expect(resourcesOf(worker, 's3:PutObject')).toEqual([`${objects}/boot-log/*`]);
  });

  it('do nothing else but pull images', () => {
    const actions = worker.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('ecr:'));
    expect(actions).toEqual(['s3:GetObject', 's3:PutObject', 'kms:Decrypt', 'kms:GenerateDataKey']);
  });
});

it('nobody but controllers may write the scripts of controllers', () => {
  const services = Object.values(serviceRoles).flatMap(({ statements }) =>
    statements({
      environment: 'demo',
      accountId: '111122223333',
      region: 'eu-central-1',
      hostedZoneIds: ['Z1'],
      certificateZoneId: 'Z1',
      queueArn: 'arn:aws:sqs:eu-central-1:111122223333:demo_Nth',
      kmsKeyArn: network.kmsKeyArn,
      bucketName: network.backupBucket,
    }),
  );
  const object = `arn:aws:s3:::${network.backupBucket}/${programKey('demo', 'x')}`;
  const writing = [...worker, ...services]
    .filter(({ Action }) => [Action].flat().some((action) => /^(\*|s3:(\*|Put|Delete))/.test(action)))
    .flatMap(({ Resource }) => Resource ?? '*');
  expect(writing.length).toBeGreaterThan(2);
  const covers = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(object);
  expect(writing.filter(covers)).toEqual([]);
});

describe('Systems Manager', () => {
  it('is reached by machines only where the environment says so', () => {
    const open = { ...environment, access: { ssm: true } };
    for (const [closed, opened] of [
      [controller, controllerStatements(open, network)],
      [worker, workerStatements(open, network)],
    ] as const) {
      expect(allowing(closed, 'ssm:UpdateInstanceInformation')).toEqual([]);
      expect(opened.filter((one) => !closed.some(({ Sid }) => Sid === one.Sid))).toEqual([
        expect.objectContaining({ Action: ['ssm:UpdateInstanceInformation', 'ssmmessages:*', 'ec2messages:*'] }),
      ]);
    }
  });
});
