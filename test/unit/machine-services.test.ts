import { type Answer, decode, encode, type RecordType } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from '../../sandbox/aws/machine.ts';
import { Resolver } from '../../sandbox/real/dns.ts';
import { MetadataService, roleCredentials } from '../../sandbox/real/metadata.ts';
import { hostLink, machineLink, machineName } from '../../sandbox/real/names.ts';

const machine: Machine = {
  instanceId: 'i-0a1b2c3d4e5f60718',
  privateIp: '10.0.1.10',
  zone: 'eu-central-1a',
  instanceType: 't3.medium',
  imageId: 'ami-0123456789abcdef0',
  imageName: 'image',
  userData: '#!/bin/sh\necho é\t$HOME\n',
  tags: {},
  autoScalingGroup: 'demo-controller-a',
};

describe('the resolver of a VPC', () => {
  const resolver = new Resolver({
    region: 'eu-central-1',
    addressesOf: (name) => (name === 'api.demo.example.com' ? ['10.0.1.10', '10.0.2.10'] : []),
  });
  const ask = (name: string, type: RecordType = 'A') => {
    const answer = resolver.answer(encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ type, name }] }));
    const {
      rcode,
      answers = [],
      id,
    } = decode(answer ?? Buffer.alloc(0)) as ReturnType<typeof decode> & { rcode: string };
    return { id, rcode, answers: answers.map((each: Answer) => ('data' in each ? String(each.data) : '')) };
  };

  it('answers with all addresses of a name, however it is written', () => {
    const answers = ['10.0.1.10', '10.0.2.10'];
    expect(ask('api.demo.example.com')).toEqual({ id: 7, rcode: 'NOERROR', answers });
    expect(ask('API.Demo.example.COM').answers).toEqual(answers);
  });

  it('tells a name without such a record from no name', () => {
    expect(ask('api.demo.example.com', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(ask('other.example.com', 'AAAA')).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
    expect(ask('example.org').rcode).toBe('NXDOMAIN');
  });

  it('knows the names of private addresses, both ways', () => {
    expect(ask('ip-10-0-3-4.eu-central-1.compute.internal').answers).toEqual(['10.0.3.4']);
    expect(ask('ip-10-0-3-4.eu-west-1.compute.internal').rcode).toBe('NXDOMAIN');
    expect(ask('4.3.0.10.in-addr.arpa', 'PTR').answers).toEqual(['ip-10-0-3-4.eu-central-1.compute.internal']);
    expect(ask('8.8.8.8.in-addr.arpa', 'PTR').rcode).toBe('NXDOMAIN');
  });

  it('says nothing to what is no query', () => {
    expect(resolver.answer(Buffer.from('no'))).toBeUndefined();
  });
});

describe('instance metadata', () => {
  const port = 18_169;
  let asking: Machine | undefined = machine;
  const service = new MetadataService({ region: 'eu-central-1', machineAt: () => asking, skew: () => 3600_000 });
  beforeAll(() => service.listen('127.0.0.1', port));
  afterAll(() => service.close());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
  const token = async () => {
    const answer = await get('/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' }, 'PUT');
    return { 'X-aws-ec2-metadata-token': await answer.text() };
  };

  it('refuses version 1, made-up tokens, tokens without or with too long a life, and proxies', async () => {
    expect((await get('/latest/meta-data/instance-id')).status).toBe(401);
    expect((await get('/latest/user-data', { 'X-aws-ec2-metadata-token': 'x' })).status).toBe(401);
    expect((await get('/latest/api/token')).status).toBe(405);
    expect((await get('/latest/api/token', {}, 'PUT')).status).toBe(400);
    const ttl = 'X-aws-ec2-metadata-token-ttl-seconds';
    expect((await get('/latest/api/token', { [ttl]: '21601' }, 'PUT')).status).toBe(400);
    expect((await get('/latest/api/token', { [ttl]: '60', 'X-Forwarded-For': '1.2.3.4' }, 'PUT')).status).toBe(403);
  });

  it('gives user data as it is', async () => {
    expect(await (await get('/latest/user-data', await token())).text()).toBe(machine.userData);
    asking = { ...machine, userData: '' };
    expect((await get('/latest/user-data', await token())).status).toBe(404);
    asking = machine;
  });

  it('lists folders, and has nothing where nothing is', async () => {
    const headers = await token();
    const text = async (path: string) => (await get(path, headers)).text();
    expect(await text('/')).toBe('latest');
    expect(await text('/latest/')).toBe('dynamic/\nmeta-data/\nuser-data');
    expect(await text('/latest/meta-data/placement/')).toBe('availability-zone\nregion');
    expect(await text('/2021-07-15/meta-data/local-ipv4')).toBe('10.0.1.10');
    expect((await get('/latest/meta-data/nothing', headers)).status).toBe(404);
    expect((await get('/nothing', headers)).status).toBe(404);
  });

  it('gives the credentials of the machine’s role, by which AWS knows it', async () => {
    const headers = await token();
    const folder = '/latest/meta-data/iam/security-credentials/';
    const role = await (await get(folder, headers)).text();
    expect(role).toBe('demo-controller-a');
    const { AccessKeyId, Expiration } = (await (await get(folder + role, headers)).json()) as Record<string, string>;
    expect(AccessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/);
    expect(AccessKeyId).toBe(roleCredentials(machine).accessKeyId);
    expect(Date.parse(Expiration ?? '')).toBeGreaterThan(Date.now() + 3600_000);
  });

  it('says what time it is, which may be another one than the machine’s', async () => {
    const answer = await get('/latest/meta-data/instance-id', await token(), 'HEAD');
    expect(Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now() - 3600_000)).toBeLessThan(2_000);
  });

  it('answers nobody that isn’t a machine', async () => {
    asking = undefined;
    await expect(get('/latest/meta-data/')).rejects.toThrow();
    asking = machine;
  });
});

describe('names of what machines are made of', () => {
  it('have the number of their sandbox, and fit where they go', () => {
    expect(machineName(7, machine.instanceId)).toBe('kz7-0a1b2c3d4e5f60718');
    expect(hostLink(250).length).toBeLessThanOrEqual(15);
    expect(machineLink(machine.instanceId).length).toBeLessThanOrEqual(15);
    expect(machineLink(machine.instanceId)).not.toBe(machineLink('i-0b1b2c3d4e5f60718'));
  });
});
