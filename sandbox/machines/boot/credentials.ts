import type { Instance } from '../instance.ts';
import { withBucket } from './aws.ts';
import { runKubeadm } from './phases.ts';

/** By controllers, every hour: the token that workers join with. */
export async function publishJoinCredentials(instance: Instance): Promise<void> {
  const description = `workers, by ${instance.nodeName}`;
  const token = await runKubeadm(instance, ['token', 'create', '--ttl', '3h', '--description', description]);
  await withBucket(instance, (bucket) => bucket.write('join-token', `${token}\n`));
}

/** By workers; undefined where it isn't there, yet. */
export async function fetchJoinCredentials(instance: Instance): Promise<string | undefined> {
  return (await withBucket(instance, (bucket) => bucket.read('join-token')))?.trim();
}
