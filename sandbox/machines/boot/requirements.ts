import { note, type Step } from './step.ts';

/** What only the running machine knows. Tools, metadata service and clock are the sandbox's own. */
export const requirements: Step = async (instance) => {
  const { machine, config, nodeName, providerId } = instance;
  note(instance, {
    INSTANCE_ID: machine.instanceId,
    ADDRESS: machine.privateIp,
    ZONE: machine.zone,
    NODE_NAME: nodeName,
    PROVIDER_ID: providerId,
    ETCD_VOLUME_ID: config?.etcdVolumeId ?? '',
  });
};
