import { createHash } from 'node:crypto';
import { unpackProgram } from '../../../infra/node/installer.ts';
import type { Instance } from '../instance.ts';
import { readObject, withBucket } from './aws.ts';
import { readIfThere, type Step, writeWhole } from './step.ts';

const installed = '/etc/kubezero/installed';
const nothing = 'Nothing was installed.';
const goesOn = 'this machine goes on by itself';

/** The scripts of the steps after this one, from the bucket: installed once, though the sandbox has functions for them. */
export const program: Step = async (instance) => {
  const wanted = readIfThere(instance.path('/etc/kubezero/program'))?.trim();
  if (!wanted) throw new Error('/etc/kubezero/program is missing');
  if (readIfThere(instance.path(installed))?.trim() === wanted) return;
  await withBucket(instance, async (bucket) => {
    const key = `boot/${wanted}`;
    const content = await readObject(bucket, key);
    if (content === undefined) throw new Error(`${bucket.url(key)} isn't there: ${isAbsent(instance)}`);
    const found = createHash('sha256').update(content).digest('hex');
    if (found !== wanted)
      throw new Error(
        `${bucket.url(key)} is not what this machine was made for: its SHA-256 is ${found}. ${nothing} Find out who wrote it, and put the version before it back (the bucket keeps them for 30 days); ${goesOn}`,
      );
    for (const file of unpackProgram(content))
      writeWhole(instance.path(file.path), file.content, Number.parseInt(file.permissions ?? '0644', 8));
    writeWhole(instance.path(installed), `${wanted}\n`);
    instance.log(`installed the scripts of ${bucket.url(key)}`);
  });
};

function isAbsent({ config }: Instance): string {
  const cluster = config?.cluster;
  return `the controllers layer was not updated to its end, or somebody deleted it. ${nothing} 'kubezero up ${cluster}' puts it there (if it finds nothing to do: after 'pulumi refresh -s ${cluster}-controllers'); ${goesOn}`;
}
