import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventBody } from '../../automation/report/events.ts';
import { type Aws, startAws } from '../../sandbox/aws/index.ts';
import { type Dns, dnsOf } from './aws-dns.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubezero-records-'));
let aws: Aws;
let dns: Dns;
let deleteMachineRecords: typeof import('../../automation/operations/machine-records.ts').deleteMachineRecords;

beforeAll(async () => {
  aws = await startAws({
    host: { boot: async () => {}, terminate: async () => {} },
    address: '127.0.0.1',
    region: 'eu-central-1',
    directory,
    log: () => {},
  });
  // No region: that of the network has to do.
  vi.stubEnv('AWS_REGION', undefined);
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpointUrl);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.resetModules();
  ({ deleteMachineRecords } = await import('../../automation/operations/machine-records.ts'));
  dns = dnsOf(aws.endpointUrl);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const domain = 'demo.example.com';
const mark = (owner: string, resource: string) =>
  `&quot;heritage=external-dns,external-dns/owner=${owner},external-dns/resource=${resource}&quot;`;
const ofApi = mark('default', 'service/kube-system/kubezero-api');

/** A zone with these records beside its own: `A kube-api.demo.example.com` and a value. */
async function zoneWith(records: Record<string, string[]>): Promise<string> {
  const zone = await dns.zone(domain);
  const changes = Object.entries(records).map(([record, values]) => {
    const [type = '', name = ''] = record.split(' ');
    return { action: 'CREATE', name, type, values };
  });
  if (changes.length > 0) await dns.change(zone, ...changes);
  return zone;
}

async function clear(hostedZoneId: string): Promise<string[]> {
  const events: EventBody[] = [];
  const network = { hostedZoneId, apiEndpoint: `kube-api.${domain}:6443`, region: 'eu-central-1' };
  await deleteMachineRecords({ name: 'demo', domain }, network, (event) => events.push(event));
  return events.map((event) => (event.type === 'action' ? `${event.what} ${event.object}` : event.type));
}

const ownRecords = [`${domain}. NS`, `${domain}. SOA`];

describe('the records of machines', () => {
  it('are deleted, whoever keeps the API’s by now, and those of a zone that is no longer used', async () => {
    const zone = await zoneWith({
      [`A kube-api.${domain}`]: ['10.0.1.10', '10.0.2.10'],
      [`TXT kube-api.${domain}`]: [ofApi],
      [`TXT a-kube-api.${domain}`]: [mark('demo', 'service/kube-system/kubezero-api')],
      [`A demo-controller-a.${domain}`]: ['10.0.1.10'],
      [`A demo-controller-d.${domain}`]: ['10.0.4.10'],
    });
    expect((await clear(zone)).sort()).toEqual([
      `delete DNS record A demo-controller-a.${domain}`,
      `delete DNS record A demo-controller-d.${domain}`,
      `delete DNS record A kube-api.${domain}`,
      `delete DNS record TXT a-kube-api.${domain}`,
      `delete DNS record TXT kube-api.${domain}`,
    ]);
    expect(Object.keys(await dns.records(zone)).sort()).toEqual(ownRecords);
    expect(await clear(zone)).toEqual([]);
  });

  it('go, and those of others stay and are named with what to do', async () => {
    const others = {
      [`A app.${domain}`]: ['10.0.9.9'],
      [`TXT app.${domain}`]: [mark('default', 'service/apps/app')],
      // Another environment's, a longer name, and one below a controller's.
      [`A prod-controller-a.${domain}`]: ['10.9.1.10'],
      [`A demo-controller-ab.${domain}`]: ['10.0.1.10'],
      [`A x.demo-controller-a.${domain}`]: ['10.0.1.10'],
      [`TXT kube-api.${domain}`]: ['&quot;somebody’s&quot;'],
    };
    const zone = await zoneWith({ ...others, [`A demo-controller-a.${domain}`]: ['10.0.1.10'] });
    const error = await clear(zone).catch((reason) => reason);
    expect(error).toMatchObject({
      name: 'UserError',
      exitCode: 4,
      where: `Hosted zone ${zone}`,
      fix: expect.stringContaining('kubezero destroy demo --yes'),
    });
    for (const record of Object.keys(others)) expect(error.message).toContain(record);
    expect(error.message).not.toMatch(/A demo-controller-a\./);
    expect(Object.keys(await dns.records(zone))).not.toContain(`demo-controller-a.${domain}. A`);
  });

  it('are found among many pages, and not all that are in the way are listed', async () => {
    const many = Object.fromEntries(Array.from({ length: 350 }, (_, index) => [`A a${index}.${domain}`, ['10.1.1.1']]));
    const zone = await zoneWith({ ...many, [`A kube-api.${domain}`]: ['10.0.1.10'] });
    await expect(clear(zone)).rejects.toThrow('and 340 more');
    expect(await dns.records(zone)).not.toHaveProperty([`kube-api.${domain}. A`]);
  });

  it('are none where the zone is gone, or nothing is deployed', async () => {
    expect(await clear('Z0GONE')).toEqual([]);
    await deleteMachineRecords({ name: 'demo', domain }, undefined, () => expect.fail());
  });
});

it('Route 53 never lets a zone’s own records go, but has them changed', async () => {
  const zone = await dns.zone('own.example.com');
  const name = 'own.example.com';
  const { [`${name}. SOA`]: soa = [] } = await dns.records(zone);
  const change = (action: string, values: string[]) => dns.change(zone, { action, name, type: 'SOA', values });
  await expect(change('CREATE', soa)).rejects.toThrow('already exists');
  await expect(change('UPSERT', ['ns-0.awsdns-00.com.'])).rejects.toThrow('Invalid Resource Record');
  const shorter = soa.map((value) => value.replace(/\d+$/, '10'));
  await change('UPSERT', shorter);
  await expect(change('DELETE', shorter)).rejects.toThrow('exactly one SOA record');
  expect((await dns.records(zone))[`${name}. SOA`]).toEqual(shorter);
});
