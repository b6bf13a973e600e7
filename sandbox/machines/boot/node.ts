import { initPhase } from './phases.ts';
import { isMarked, mark, type Step, waitFor } from './step.ts';

/** The machine is the node of its name. */
export const node: Step = async (instance) => {
  const { nodeName, providerId, surroundings } = instance;
  const path = `/api/v1/nodes/${nodeName}`;
  const provider = async (): Promise<string | undefined> => (await surroundings.client.find(path))?.spec.providerID;
  // A node keeps the provider id it was made with: one of the machine before has to go.
  const old = await provider();
  if (old !== undefined && old !== providerId) {
    instance.log(`deleting node ${nodeName} of ${old}`);
    await surroundings.client.delete(path);
  }
  await waitFor(instance, 240, `the kubelet to register ${nodeName}`, async () => (await provider()) === providerId);
  if (isMarked(instance, 'node')) return;
  await initPhase(instance, 'kubelet-finalize', 'all');
  await initPhase(instance, 'mark-control-plane');
  mark(instance, 'node');
};
