import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dnsOf } from '../aws-dns.ts';
import { kmsOf } from '../aws-kms.ts';
import { createWorld } from '../aws-world.ts';
import { type Behaviour, type Given, inService } from './behaviour.ts';
import { groupBehaviours } from './groups.ts';
import { keyBehaviours } from './keys.ts';
import { objectBehaviours } from './objects.ts';
import { recordBehaviours } from './records.ts';
import { motoDiffers, region, type Target, targets } from './targets.ts';
import { versionBehaviours } from './versions.ts';
import { volumeBehaviours } from './volumes.ts';

describe.each(targets)('AWS as the upgrade uses it, on $name', (target) => {
  let server: Awaited<ReturnType<Target['start']>>;
  let given: Given;

  beforeAll(async () => {
    server = await target.start();
    if ('missing' in server) {
      console.warn(`skipped on ${target.name}: ${server.missing}`);
      return;
    }
    vi.stubEnv('AWS_ENDPOINT_URL', server.endpointUrl);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.resetModules();
    const aws = await import('../../../automation/live/aws/index.ts');
    given = {
      aws,
      world: await createWorld(region),
      dns: dnsOf(server.endpointUrl),
      kms: kmsOf(server.endpointUrl),
      inService: (group, count) => inService(aws, group, count),
    };
  }, 300_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    if (server && 'stop' in server) await server.stop();
  });

  /** Skips where the target isn't there, and expects a failure where moto is known not to do what AWS does. */
  const behaviour: Behaviour = (name, run) => {
    const difference = target.name === 'moto' ? motoDiffers[name] : undefined;
    const title = difference ? `${name} (moto differs, AWS does as the sandbox: ${difference})` : name;
    test(title, { timeout: 30_000 }, async (context) => {
      if (!server || 'missing' in server) return context.skip();
      if (!difference) return run(given);
      await expect(run(given)).rejects.toThrow();
    });
  };

  groupBehaviours(behaviour);
  volumeBehaviours(behaviour);
  objectBehaviours(behaviour);
  versionBehaviours(behaviour);
  keyBehaviours(behaviour);
  recordBehaviours(behaviour);

  behaviour('names the account of the credentials', async ({ aws }) => {
    expect(await aws.callerAccount()).toMatch(/^\d{12}$/);
  });
});
