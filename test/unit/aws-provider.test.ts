import { describe, expect, test } from 'vitest';
import { defaultsKey, isUnknown, unknownText } from '../../pulumi/marks.ts';
import { Account } from '../../sandbox/aws/account.ts';
import {
  checkInputs,
  createResource,
  deleteResource,
  difference,
  previewCreation,
  previewUpdate,
  readResource,
} from '../../sandbox/aws/provider/lifecycle.ts';
import { policyDocument } from '../../sandbox/aws/provider/policy-document.ts';
import type { Properties } from '../../sandbox/aws/provider/values.ts';

const vpc = { type: 'aws:ec2/vpc:Vpc', name: 'net' };
const subnet = { type: 'aws:ec2/subnet:Subnet', name: 'private' };
const template = { type: 'aws:ec2/launchTemplate:LaunchTemplate', name: 'workers' };
const role = { type: 'aws:iam/role:Role', name: 'worker' };
const group = { type: 'aws:autoscaling/group:Group', name: 'workers' };
const seed = { defaultTags: {}, randomSeed: new Uint8Array([1]) };

function createAccount(): Account {
  return new Account({
    region: 'eu-central-1',
    host: { boot: async () => {}, terminate: async () => {} },
    images: [],
    log: () => {},
  });
}

describe('the simulated provider', () => {
  test('refuses what names something that is not there, as AWS words it', async () => {
    const account = createAccount();
    const inputs = { vpcId: 'vpc-0123456789abcdef0', cidrBlock: '10.0.1.0/24' };
    await expect(createResource(account, subnet, inputs)).rejects.toThrow(
      "creating EC2 Subnet: operation error: StatusCode: 400, api error InvalidVpcID.NotFound: The vpc ID 'vpc-0123456789abcdef0' does not exist",
    );
  });

  test('refuses to delete what others still need', async () => {
    const account = createAccount();
    const net = await createResource(account, vpc, { cidrBlock: '10.0.0.0/16' });
    const part = await createResource(account, subnet, { vpcId: net.id, cidrBlock: '10.0.1.0/24' });
    await expect(deleteResource(account, vpc, net.id, net.state)).rejects.toThrow('DependencyViolation');
    await deleteResource(account, subnet, part.id, part.state);
    await deleteResource(account, vpc, net.id, net.state);
    expect(readResource(account, vpc, net.id, {})).toBeUndefined();
  });

  test.each([
    ['10.1.0.0/24', 'InvalidSubnet.Range'],
    ['10.0.0.0/24', 'InvalidSubnet.Conflict'],
  ])('refuses a subnet of %s in a network that has no room for it', async (cidrBlock, code) => {
    const account = createAccount();
    const { id: vpcId } = await createResource(account, vpc, { cidrBlock: '10.0.0.0/16' });
    await createResource(account, subnet, { vpcId, cidrBlock: '10.0.0.0/24' });
    await expect(createResource(account, subnet, { vpcId, cidrBlock })).rejects.toThrow(code);
  });

  test('names a resource after the program, once and for all', () => {
    const account = createAccount();
    const { inputs } = checkInputs(account, role, {}, { assumeRolePolicy: '{}' }, seed);
    expect(inputs.name).toMatch(/^worker-[0-9a-f]{7}$/);
    const again = checkInputs(
      account,
      role,
      inputs,
      { assumeRolePolicy: '{}' },
      { ...seed, randomSeed: new Uint8Array([2]) },
    );
    expect(again.inputs.name).toBe(inputs.name);
  });

  test('says which required input is missing, and that there is one region', () => {
    const account = createAccount();
    expect(checkInputs(account, role, {}, {}, seed).failures).toMatchObject([{ property: 'assumeRolePolicy' }]);
    expect(checkInputs(account, vpc, {}, { region: 'us-east-1' }, seed).failures).toMatchObject([
      { property: 'region' },
    ]);
  });

  test('adds default tags of the provider, the resource’s own winning', () => {
    const options = { ...seed, defaultTags: { team: 'platform', env: 'all' } };
    const { inputs } = checkInputs(
      createAccount(),
      vpc,
      {},
      { cidrBlock: '10.0.0.0/16', tags: { env: 'demo' } },
      options,
    );
    expect(inputs.tags).toEqual({ team: 'platform', env: 'demo' });
  });

  test('leaves unknown in a preview what only AWS knows', () => {
    const state = previewCreation(createAccount(), vpc, { cidrBlock: '10.0.0.0/16', tags: { Name: 'net' } });
    expect(state).toMatchObject({ cidrBlock: '10.0.0.0/16', tagsAll: { Name: 'net' }, region: 'eu-central-1' });
    expect([state.arn, state.mainRouteTableId].every(isUnknown)).toBe(true);
  });

  test('leaves the version of a launch template unknown only while it is about to get a new one', () => {
    const account = createAccount();
    const before: { inputs: Properties; state: Properties } = {
      inputs: { name: 'workers', userData: 'b25l', tags: { a: '1' } },
      state: { name: 'workers', userData: 'b25l', tags: { a: '1' }, latestVersion: 3, defaultVersion: 1, arn: 'arn' },
    };
    const retagged = previewUpdate(account, template, before, { ...before.inputs, tags: { a: '2' } });
    expect(retagged).toMatchObject({ latestVersion: 3, arn: 'arn', tagsAll: { a: '2' } });
    const changed = previewUpdate(account, template, before, { ...before.inputs, userData: 'dHdv' });
    expect(isUnknown(changed.latestVersion)).toBe(true);
    expect(changed.defaultVersion).toBe(1);
  });

  test.each<[string, Properties, Properties, { path: string; kind: string }[]]>([
    ['a tag', { tags: { a: '1', b: '2' } }, { tags: { a: '1', b: '3' } }, [{ path: 'tags.b', kind: 'update' }]],
    ['a tag with a slash', { tags: {} }, { tags: { 'k8s/x': '1' } }, [{ path: 'tags', kind: 'add' }]],
    ['an order of a set', { vpcZoneIdentifiers: ['a', 'b'] }, { vpcZoneIdentifiers: ['b', 'a'] }, []],
    ['an empty list', { suspendedProcesses: [] }, {}, []],
    ['an unknown', { imageId: 'ami-1' }, { imageId: unknownText }, [{ path: 'imageId', kind: 'update' }]],
    ['spaces in a policy', { policy: '{"a": 1}' }, { policy: '{"a":1}' }, []],
    [
      'a list entry',
      { tags: [{ key: 'a', value: '1' }] },
      { tags: [{ key: 'a', value: '2' }] },
      [{ path: 'tags[0].value', kind: 'update' }],
    ],
  ])('tells a change of %s', (_what, olds, news, changes) => {
    expect(difference(group, olds, news).changes).toMatchObject(changes);
    expect(difference(group, olds, news).changes).toHaveLength(changes.length);
  });

  test('replaces a resource of a fixed name by deleting it first', () => {
    const fixed = difference(role, { name: 'worker', path: '/' }, { name: 'worker', path: '/x/', [defaultsKey]: [] });
    expect(fixed).toMatchObject({ replaces: ['path'], deleteBeforeReplace: true });
    const random = difference(
      role,
      { name: 'worker-1', path: '/' },
      { name: 'worker-1', path: '/x/', [defaultsKey]: ['name'] },
    );
    expect(random).toMatchObject({ replaces: ['path'], deleteBeforeReplace: false });
  });
});

test('a policy document has single values unwrapped and its own interpolation in place', () => {
  const { json } = policyDocument({
    statements: [
      {
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: ['arn:aws:s3:::backup/&{aws:username}/*'],
        principals: [{ type: '*', identifiers: ['*'] }],
        conditions: [{ test: 'StringEquals', variable: 'aws:SourceVpc', values: ['vpc-1'] }],
      },
    ],
  });
  expect(JSON.parse(json)).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:GetObject'],
        Resource: 'arn:aws:s3:::backup/${aws:username}/*',
        Principal: '*',
        Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } },
      },
    ],
  });
});
