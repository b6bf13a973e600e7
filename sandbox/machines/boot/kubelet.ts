import { Kubelet } from '../kubelet.ts';
import { initPhase } from './phases.ts';
import { isMarked, mark, type Step } from './step.ts';

/** The kubelet, and with it on controllers etcd and the control plane. It registers the node by itself. */
export const kubelet: Step = async (instance) => {
  mark(instance, 'ready');
  if (instance.isController && !isMarked(instance, 'kubelet')) {
    await initPhase(instance, 'kubelet-start');
    mark(instance, 'kubelet');
  }
  if (instance.kubelet) return;
  instance.log('starting the kubelet');
  instance.kubelet = new Kubelet(instance);
  await instance.kubelet.start();
};
