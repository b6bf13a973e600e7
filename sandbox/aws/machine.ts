/** An instance of the simulated account, as handed to whatever stands in for its hardware. */
export interface Machine {
  instanceId: string;
  /** Address in its subnet of the VPC, e.g. `10.0.1.10`; no other instance holds it at the same time. */
  privateIp: string;
  /** Availability zone, e.g. `eu-central-1a`. */
  zone: string;
  instanceType: string;
  imageId: string;
  /** AMI name, e.g. `zdt-alpine-3.15-kubezero-1.22.8-20220501`. */
  imageName: string;
  /** Decoded (and decompressed), empty where the launch template has none. */
  userData: string;
  tags: Record<string, string>;
  autoScalingGroup?: string;
}

/**
 * What the simulated account starts and stops machines on. Both calls are about the machine process itself: `boot` may
 * resolve once the machine is powered on, an instance is InService without waiting for what it boots (as EC2 status
 * checks don't wait for a cluster to be joined).
 */
export interface MachineHost {
  /** Rejection: the instance is terminated again and the Auto Scaling group tries the next one. */
  boot(machine: Machine): Promise<void>;
  /** Hard power-off. Unknown or already stopped instances are fine. */
  terminate(instanceId: string): Promise<void>;
  /** Power-off and on again, with the same disks and addresses; what is attached stays so. Absent: nothing happens. */
  reboot?(instanceId: string): Promise<void>;
  /** A volume's device is to appear in the machine; it is `attached` once this resolves. Size in GiB. */
  attached?(volume: { volumeId: string; instanceId: string; device: string; size: number }): Promise<void> | void;
  /** The volume is no longer the machine's, which may be gone. */
  detached?(volume: { volumeId: string; instanceId: string }): void;
}
