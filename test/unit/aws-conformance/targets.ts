import { startAws } from '../../../sandbox/aws/index.ts';
import { startMoto } from '../moto-server.ts';

/** One simulation of AWS. */
export interface Target {
  name: 'sandbox' | 'moto';
  start(): Promise<{ endpointUrl: string; stop(): Promise<void> } | { missing: string }>;
}

export const region = 'eu-central-1';
export const targets: Target[] = [
  {
    name: 'sandbox',
    start: () =>
      startAws({
        host: { boot: async () => {}, terminate: async () => {} },
        address: '127.0.0.1',
        region,
        directory: '/nonexistent',
        log: () => {},
        delays: { launch: 50, terminate: 50, reconcile: 5, retry: 100, attach: 300, dns: 300 },
      }),
  },
  { name: 'moto', start: startMoto },
];

/** Behaviours where moto is not like AWS: AWS agrees with the sandbox. Each is a test that is expected to fail on moto. */
export const motoDiffers: Record<string, string> = {
  'spreads a group over its zones': 'moto starts all machines in one zone',
  'names each machine after its address and region': 'moto uses the domain of us-east-1 everywhere',
  'starts new machines of a $Latest group from a new launch template version': 'moto goes on with version 1',
  'refuses to take a machine out of a group at its minimum': 'moto goes below the minimum',
  'refuses to attach a volume that is attached already': 'moto attaches it once more',
  'refuses to attach a volume of another zone': 'moto answers with an internal error',
  'takes a moment to attach a volume': 'moto has attached it when it answers',
  'takes a moment to serve a changed record': 'moto says INSYNC at once',
  'refuses a content that isn’t what its checksum says': 'moto compares no checksums',
  'encrypts and decrypts nothing with a key that is disabled': 'moto does, whatever the state of the key',
  'says that a key is going to be deleted': 'moto names it by its id, and goes on encrypting',
  'makes all changes to a zone that are asked for at once, or none': 'moto makes those before the one it refuses',
};
