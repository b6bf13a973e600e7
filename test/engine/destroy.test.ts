import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Dns, dnsOf } from '../unit/aws-dns.ts';
import { DemoEnvironment } from './demo-environment.ts';

/** `kubezero destroy` of what machines have been at work in. */
let demo: DemoEnvironment;
let dns: Dns;
const parts = ['network', 'controllers'] as const;
const domain = 'demo.example.com';

beforeAll(async () => {
  demo = await DemoEnvironment.start({ layers: parts });
  dns = dnsOf(demo.env.AWS_ENDPOINT_URL as string);
});
afterAll(async () => demo?.stop());

async function output(layer: (typeof parts)[number], name: string): Promise<unknown> {
  const { stdout } = await demo.pulumi('stack', 'output', name, '--json', '-s', `demo-${layer}`);
  return JSON.parse(stdout);
}

const record = (action: string, name: string, ...values: string[]) => ({
  action,
  name: `${name}.${domain}`,
  type: 'A',
  values,
});

it('has resolvers forget soon that a machine’s name was unknown', async () => {
  const zone = (await output('network', 'hostedZoneId')) as string;
  const { [`${domain}. SOA`]: authority } = await dns.records(zone);
  expect(authority).toEqual(['ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 10']);
});

it('takes what machines wrote out of the zone, and stops before the network where others did', async () => {
  const zone = (await output('network', 'hostedZoneId')) as string;
  await dns.change(
    zone,
    record('CREATE', 'kube-api', '10.0.1.10'),
    record('CREATE', 'demo-controller-b', '10.0.2.10'),
    record('CREATE', 'app', '10.0.9.9'),
  );

  const stopped = await demo.kubezero('destroy', 'demo', '--yes');
  expect(stopped.stderr).toContain(`A app.${domain}`);
  expect(stopped.exitCode).toBe(4);
  expect(Object.keys(await dns.records(zone)).sort()).toEqual([`app.${domain}. A`, `${domain}. NS`, `${domain}. SOA`]);

  await dns.change(zone, record('DELETE', 'app', '10.0.9.9'));
  const { exitCode, stderr } = await demo.kubezero('destroy', 'demo', '--yes');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await expect(dns.records(zone)).rejects.toThrow('NoSuchHostedZone');
});

it('keeps etcd volumes in their stack, so that what the bucket knows of the etcd cluster on them stays true', async () => {
  const volumes = await output('controllers', 'etcdVolumeIds');
  await demo.up(parts);
  expect(await output('controllers', 'etcdVolumeIds')).toEqual(volumes);
});

it('makes new volumes where the stack was removed in between', async () => {
  const volumes = await output('controllers', 'etcdVolumeIds');
  expect(await demo.kubezero('destroy', 'demo', '--yes')).toMatchObject({ exitCode: 0, stderr: '' });
  const removed = await demo.pulumi('stack', 'rm', 'demo-controllers', '--force', '--preserve-config', '--yes');
  expect(removed.exitCode, removed.stderr).toBe(0);
  await demo.up(parts);
  const zones = (ids: unknown) => Object.values(ids as Record<string, string>);
  expect(zones(await output('controllers', 'etcdVolumeIds')).filter((id) => zones(volumes).includes(id))).toEqual([]);
});
