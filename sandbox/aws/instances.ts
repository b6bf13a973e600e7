import { gunzipSync } from 'node:zlib';
import { type Account, type Instance, newId } from './account.ts';
import { AwsError } from './errors.ts';
import { getLaunchTemplate, resolveVersion } from './launch-templates.ts';
import { allocateAddress, getSubnet } from './network.ts';
import { detachAll } from './volumes.ts';

/** How long a terminated instance can still be described. */
const terminatedVisible = 10 * 60 * 1000;

export interface LaunchSpec {
  template: { id: string; version: number };
  subnetId: string;
  tags: Record<string, string>;
  group?: string;
  protectedFromScaleIn?: boolean;
  /** Called when the machine could not be powered on; the instance is still there. */
  onBootFailure?(instance: Instance, error: Error): void;
}

/**
 * Starts an instance from a launch template version: it is `pending` when this returns, `running` after the launch
 * delay, and boots from then on. Throws AwsError where EC2 would refuse (unknown image, no address left).
 */
export function launchInstance(account: Account, spec: LaunchSpec): Instance {
  const template = getLaunchTemplate(account, { id: spec.template.id });
  const version = resolveVersion(template, String(spec.template.version));
  const data = template.versions[version - 1]?.data ?? {};
  const image = data.ImageId ? account.images.get(data.ImageId) : undefined;
  if (!image)
    throw data.ImageId
      ? new AwsError('InvalidAMIID.NotFound', `The image id '[${data.ImageId}]' does not exist`)
      : new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  const subnet = getSubnet(account, spec.subnetId);
  const templateTags =
    (data.TagSpecifications ?? []).find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
  const instance: Instance = {
    id: newId('i'),
    state: 'pending',
    imageId: image.id,
    instanceType: data.InstanceType ?? 'm1.small',
    privateIp: allocateAddress(account, subnet),
    subnetId: subnet.id,
    zone: subnet.zone,
    launchTime: new Date(),
    tags: { ...Object.fromEntries(templateTags.map(({ Key, Value }) => [Key, Value])), ...spec.tags },
    launchTemplate: { id: template.id, name: template.name, version: spec.template.version },
    protectedFromScaleIn: spec.protectedFromScaleIn ?? false,
    ...(spec.group === undefined ? {} : { group: spec.group, lifecycleState: 'Pending' as const }),
  };
  account.instances.set(instance.id, instance);
  account.later(account.delays.launch, () => {
    if (instance.state !== 'pending') return;
    instance.state = 'running';
    powerOn(account, instance, image.name, data.UserData, spec.onBootFailure);
  });
  return instance;
}

function powerOn(
  account: Account,
  instance: Instance,
  imageName: string,
  userData: string | undefined,
  onFailure: LaunchSpec['onBootFailure'],
): void {
  account.log(`instance ${instance.id} starts (${instance.instanceType}, ${instance.zone}, ${instance.privateIp})`);
  account.host
    .boot({
      instanceId: instance.id,
      privateIp: instance.privateIp,
      zone: instance.zone,
      instanceType: instance.instanceType,
      imageId: instance.imageId,
      imageName,
      userData: userData ? decodeUserData(userData) : '',
      tags: { ...instance.tags },
      ...(instance.group === undefined ? {} : { autoScalingGroup: instance.group }),
    })
    .catch((error: unknown) => {
      const failure = error instanceof Error ? error : new Error(String(error));
      account.log(`instance ${instance.id} did not boot: ${failure.message}`);
      onFailure?.(instance, failure);
    });
}

export function getInstance(account: Account, id: string): Instance {
  const instance = account.instances.get(id);
  if (!instance) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  return instance;
}

/**
 * Powers the machine off and lets go of its volumes and address. Repeating it is fine, as in EC2. `onTerminated` is called
 * once it is `terminated`; not when it was on its way already.
 */
export function terminateInstance(account: Account, id: string, onTerminated?: () => void): Instance {
  const instance = getInstance(account, id);
  if (instance.state === 'shutting-down' || instance.state === 'terminated') return instance;
  instance.state = 'shutting-down';
  if (instance.group !== undefined) instance.lifecycleState = 'Terminating';
  account.log(`instance ${id} is shutting down`);
  const poweredOff = account.host.terminate(id).catch((error: unknown) => account.log(`power-off of ${id}: ${error}`));
  account.later(account.delays.terminate, async () => {
    await poweredOff;
    instance.state = 'terminated';
    delete instance.lifecycleState;
    detachAll(account, id);
    onTerminated?.();
    account.later(terminatedVisible, () => {
      account.instances.delete(id);
    });
  });
  return instance;
}

/** RebootInstances: answered at once, whatever comes of it. @throws AwsError where the instance can't be rebooted. */
export function rebootInstance(account: Account, id: string): void {
  const instance = getInstance(account, id);
  if (instance.state !== 'running')
    throw new AwsError('IncorrectState', `The instance '${id}' is not in a state from which it can be rebooted.`);
  account.log(`instance ${id} reboots`);
  account.host.reboot?.(id).catch((error: unknown) => account.log(`reboot of ${id}: ${error}`));
}

/** User data may be compressed, as cloud-init takes it: it goes by the first two bytes. */
function decodeUserData(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}
