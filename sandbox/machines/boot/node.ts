import { bootTimes } from '../../deviations.ts';
import { initPhase } from './phases.ts';
import { isMarked, mark, type Step, unmark, waitFor } from './step.ts';

/** As many looks as the script takes before it restarts the kubelet. */
const firstWaitSeconds = (30 * bootTimes.pollMilliseconds) / 1000;

/** The machine is the node of its name. */
export const node: Step = async (instance) => {
  const { nodeName, providerId, surroundings, power } = instance;
  const { client } = surroundings;
  const path = `/api/v1/nodes/${nodeName}`;
  /** Empty where there is no node, or it has none. */
  const provider = async (): Promise<string> => (await client.find(path))?.spec.providerID ?? '';
  const registered = async () => (await provider()) === providerId;
  const awaited = `the kubelet to register ${nodeName}`;
  const registerAnew = () => {
    unmark(instance, 'node');
    instance.kubelet?.restart();
  };
  // A node keeps the provider id it was made with: one of the machine before has to go.
  const old = await provider().catch((error: Error) => {
    throw new Error(`node ${nodeName} can't be looked for: ${error.message}`);
  });
  if (old && old !== providerId) {
    instance.log(`deleting node ${nodeName} of ${old}`);
    await client.delete(path);
    registerAnew();
  }
  // A kubelet that took the node of the machine before for its own doesn't register again when that is deleted under it.
  const soon = await waitFor(instance, firstWaitSeconds, awaited, registered).then(
    () => true,
    () => false,
  );
  const isGone = !soon && (await provider().catch(() => undefined)) === '';
  power.signal.throwIfAborted();
  if (isGone) {
    instance.log(`restarting the kubelet: its node ${nodeName} is gone`);
    registerAnew();
  }
  await waitFor(instance, 180, awaited, registered);
  if (isMarked(instance, 'node')) return;
  await initPhase(instance, 'kubelet-finalize', 'all');
  await initPhase(instance, 'mark-control-plane');
  mark(instance, 'node');
};
