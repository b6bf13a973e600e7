import { type Step, waitFor } from './step.ts';

/** Until this controller's own API server is ready. */
export const api: Step = (instance) =>
  waitFor(
    instance,
    300,
    `the API server at ${instance.machine.privateIp}`,
    () => instance.kubelet?.isReady('kube-apiserver') ?? false,
  );
