import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CreateVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type Aws, refusalOf, startAws } from '../../sandbox/aws/index.ts';
import { FaultStore } from '../../sandbox/faults.ts';
import { withBucket } from '../../sandbox/machines/boot/aws.ts';
import { Instance, type Surroundings } from '../../sandbox/machines/instance.ts';
import type { NodeConfig } from '../../sandbox/machines/node-config.ts';
import { sharedPkiFiles } from '../../sandbox/machines/pki.ts';
import { dnsOf } from './aws-dns.ts';
import { createWorld } from './aws-world.ts';

export const region = 'eu-central-1';
export const places = ['a', 'b', 'c'].map((letter) => ({
  zone: region + letter,
  nodeName: `demo-controller-${letter}`,
}));
export const faults = new FaultStore();
export let directory: string;
export let aws: Aws;
export let surroundings: Surroundings;
export let hostedZoneId: string;
export let backupBucket: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-steps-'));
  aws = await startAws({
    host: { boot: async () => {}, terminate: async () => {} },
    address: '127.0.0.1',
    region,
    directory,
    log: () => {},
    delays: { launch: 1, attach: 5, dns: 5 },
    refuse: (operation, resource) => {
      const kind = faults.awsRefusal(operation, resource);
      return kind && refusalOf(operation, kind);
    },
  });
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: aws.endpointUrl,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }))
    vi.stubEnv(name, value);
  const world = await createWorld(region);
  await world.group({ desired: 3, max: 3 });
  backupBucket = await world.bucket();
  hostedZoneId = await dnsOf(aws.endpointUrl).zone('demo.example.com');
  for (const file of sharedPkiFiles) {
    mkdirSync(dirname(join(directory, 'pki', file)), { recursive: true });
    writeFileSync(join(directory, 'pki', file), `made for ${file}`);
  }
  surroundings = {
    directory: {
      instances: join(directory, 'instances'),
      volumes: join(directory, 'volumes'),
      pki: join(directory, 'pki'),
    },
    number: 250,
    aws: { endpointUrl: aws.endpointUrl, region, addressesOf: aws.addressesOf },
    instances: new Map(),
    nameAddress: () => '127.250.255.9',
    log: () => {},
  } as unknown as Surroundings;
  await vi.waitFor(() => expect(aws.state().instances.map(({ state }) => state)).toEqual(Array(3).fill('running')));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  faults.clear();
  await aws.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A controller, with its volume attached and mounted unless told otherwise. */
export async function controller(letter: string, change: Partial<NodeConfig> = {}): Promise<Instance> {
  const machine = aws.state().instances.find(({ zone }) => zone === region + letter);
  const { id: instanceId = '', privateIp = '', zone = '' } = machine ?? {};
  const instance = new Instance({ instanceId, privateIp, zone } as Instance['machine'], surroundings);
  const etcdVolumeId = change.etcdVolumeId ?? (await newVolume(zone));
  instance.config = {
    cluster: 'demo',
    role: 'controller',
    zone,
    nodeName: `demo-controller-${letter}`,
    kubernetesVersion: '1.22.8',
    os: 'Alpine',
    domain: 'demo.example.com',
    apiEndpoint: 'kube-api.demo.example.com:6443',
    region,
    backupBucket,
    hostedZoneId,
    controllers: places,
    ...change,
    etcdVolumeId,
  };
  return instance;
}

export async function newVolume(AvailabilityZone: string, cluster = 'demo'): Promise<string> {
  const Tags = [{ Key: 'kubezero/cluster', Value: cluster }];
  const TagSpecifications = [{ ResourceType: 'volume' as const, Tags }];
  const { VolumeId = '' } = await new EC2Client({}).send(
    new CreateVolumeCommand({ AvailabilityZone, Size: 1, TagSpecifications }),
  );
  return VolumeId;
}

export const objects = () => aws.state().buckets[backupBucket] ?? [];
export const put = (instance: Instance, key: string, content: string) =>
  withBucket(instance, (bucket) => bucket.write(key, content));
