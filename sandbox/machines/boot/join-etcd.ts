import type { EtcdStatus } from '../etcd.ts';
import type { Instance } from '../instance.ts';
import { withBucket } from './aws.ts';
import { readIfThere, type Step, waitFor, writeWhole } from './step.ts';

/** Until this controller's etcd member serves with a vote, and the bucket records which member it is. */
export const joinEtcd: Step = async (instance) => {
  const { etcd } = instance.surroundings;
  const own = `https://${instance.loopback}:2379`;
  let status: EtcdStatus | undefined;
  await waitFor(instance, 300, `etcd at ${instance.machine.privateIp}`, async () => {
    status = await etcd.status(own);
    return true;
  });
  if (!status) return;
  const { clusterId, memberId } = status;
  if (status.isLearner) {
    await waitFor(instance, 300, `etcd member ${memberId} to have caught up`, () => promoted(instance, own, memberId));
    instance.log(`etcd member ${memberId} has a vote`);
  }
  // Takes a quorum.
  await waitFor(instance, 300, 'a quorum of etcd members', async () => (await etcd.members(own)).members.length > 0);
  const record = `${clusterId} ${memberId} ${instance.config?.etcdVolumeId}\n`;
  const written = instance.path('/etc/kubezero/member');
  if (readIfThere(written) === record) return;
  await withBucket(instance, (bucket) => bucket.write(`etcd/members/${instance.nodeName}`, record));
  writeWhole(written, record);
};

/** The others give the vote; whichever of them leads. */
async function promoted({ config, nodeName, surroundings }: Instance, own: string, id: string): Promise<boolean> {
  let refusal: unknown;
  for (const other of config?.controllers ?? []) {
    if (other.nodeName === nodeName) continue;
    try {
      await surroundings.etcd.promote(
        `https://${surroundings.nameAddress(`${other.nodeName}.${config?.domain}`)}:2379`,
        id,
      );
      return true;
    } catch (error) {
      refusal = error;
    }
  }
  if (!(await surroundings.etcd.status(own)).isLearner) return true;
  throw refusal;
}
