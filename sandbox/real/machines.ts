import { join } from 'node:path';
import { UserError } from '../../errors/index.ts';
import { releases } from '../../releases/index.ts';
import type { Release } from '../../releases/release.ts';
import type { Machine, MachineHost } from '../aws/machine.ts';
import { pause } from '../kubernetes/collection.ts';
import { Resolver } from './dns.ts';
import { Forwarder } from './forward.ts';
import type { MachineImage } from './image.ts';
import { RealMachine } from './machine.ts';
import { MetadataService, type RoleCredentials } from './metadata.ts';
import { MachineNetwork } from './network.ts';
import type { ImagePart } from './root/part.ts';
import { podSubnet } from './runtime/network.ts';
import { claimMachines, removeMachines, sweep } from './sweep.ts';
import { attachLoop, detachLoop, volumeFile } from './volumes.ts';

/** Ports of the host's address on its link to the machines. */
const ports = { metadata: 80, dns: 53, aws: 4566 };

/** What an image is made for. */
export interface ImageFor {
  release: Release;
  machine: Machine;
  /** Range of the machine's pods, which the network has a route for. */
  podSubnet: string;
  /** URL of the simulated AWS, as machines reach it. */
  awsEndpoint: string;
}

export interface RealMachinesOptions {
  /** The sandbox's, which no other one on this host has. */
  number: number;
  region: string;
  /** Directories for machines and volumes. */
  instances: string;
  volumes: string;
  /** Where the simulated AWS listens; asked at each connection. */
  aws(): string;
  /** IPv4 addresses of a name in the account's private zones. */
  addressesOf(name: string): string[];
  /** What the image of a machine has besides its userland: tools, container runtime. */
  parts(about: ImageFor): ImagePart[];
  credentials?(machine: Machine): RoleCredentials;
  log(line: string): void;
}

/** The hardware of the simulated account, for real: machines in namespaces of this host, a network, volumes, metadata, DNS. */
export class RealMachines implements MachineHost {
  readonly network: MachineNetwork;
  readonly metadata: MetadataService;
  /** Milliseconds between a volume's attachment and the appearance of its device. */
  attachDelay = 0;
  /** Milliseconds by which the metadata service's clock is ahead of the machines'. */
  clockSkew = 0;
  private readonly machines = new Map<string, RealMachine>();
  private readonly specifications = new Map<string, Machine>();
  /** Numbers of machines' ranges of pods. */
  private readonly ranges = new Map<string, number>();
  /** Loop devices by volume; what is going on with a volume is waited for before anything else is done with it. */
  private readonly loops = new Map<string, string>();
  private readonly pending = new Map<string, Promise<unknown>>();
  private readonly resolver: Resolver;
  private readonly forwarder: Forwarder;

  constructor(private options: RealMachinesOptions) {
    this.network = new MachineNetwork(options.number, ports, options.log);
    this.metadata = new MetadataService({
      region: options.region,
      machineAt: (address) => this.at(address),
      credentials: options.credentials,
      skew: () => this.clockSkew,
    });
    this.resolver = new Resolver({ region: options.region, addressesOf: options.addressesOf });
    this.forwarder = new Forwarder(() => {
      const { hostname, port } = new URL(options.aws());
      return { host: hostname, port: Number(port) };
    });
  }

  /** URL of the simulated AWS, as machines reach it. */
  get awsEndpoint(): string {
    return `http://${this.network.hostAddress}:${ports.aws}`;
  }

  /** Machines that there are, by instance id, also those that are off. */
  get all(): ReadonlyMap<string, RealMachine> {
    return this.machines;
  }

  /** Sweeps what is left of machines of before, and gets the network and its services ready. */
  async start(): Promise<void> {
    const { number, volumes, log } = this.options;
    for (const found of await sweep(number)) log(`swept: ${found}`);
    claimMachines(number, volumes);
    await this.network.start();
    const address = this.network.hostAddress;
    await this.metadata.listen(address, ports.metadata);
    await this.resolver.listen(address, ports.dns);
    await this.forwarder.listen(address, ports.aws);
  }

  async boot(machine: Machine): Promise<void> {
    const range = podSubnet(this.takeRange(machine.instanceId));
    const real = new RealMachine({
      machine,
      image: this.imageOf(machine, range),
      network: this.network,
      directory: join(this.options.instances, machine.instanceId),
      log: this.options.log,
    });
    this.machines.set(machine.instanceId, real);
    this.specifications.set(machine.instanceId, machine);
    await real.start();
    await this.network.route(range, machine.privateIp);
  }

  async terminate(instanceId: string): Promise<void> {
    const machine = this.machines.get(instanceId);
    if (!machine) return;
    await machine.destroy();
    for (const known of [this.machines, this.specifications, this.ranges]) known.delete(instanceId);
  }

  async reboot(instanceId: string): Promise<void> {
    await this.getMachine(instanceId).reboot();
  }

  async attached(volume: { volumeId: string; instanceId: string; size: number }): Promise<void> {
    const { volumeId, instanceId, size } = volume;
    await pause(this.attachDelay);
    await this.inTurn(volumeId, async () => {
      const machine = this.machines.get(instanceId);
      if (!machine) return;
      const loop = this.loops.get(volumeId) ?? (await attachLoop(volumeFile(this.options.volumes, volumeId, size)));
      this.loops.set(volumeId, loop);
      const { device } = await machine.attach(volumeId, loop);
      this.options.log(`${volumeId} is ${device} of ${instanceId} (${loop})`);
    });
  }

  detached({ volumeId, instanceId }: { volumeId: string; instanceId: string }): void {
    this.machines.get(instanceId)?.detach(volumeId);
    void this.inTurn(volumeId, async () => {
      const loop = this.loops.get(volumeId);
      if (loop === undefined) return;
      this.loops.delete(volumeId);
      await detachLoop(loop);
    }).catch((error: Error) => this.options.log(`${volumeId}: ${error.message}`));
  }

  /** Ends all machines and takes everything away that this host had for them, but for the files of volumes. */
  async stop(): Promise<void> {
    await Promise.allSettled([...this.machines.keys()].map((id) => this.terminate(id)));
    await Promise.allSettled([this.metadata.close(), this.resolver.close(), this.forwarder.close()]);
    await Promise.allSettled(this.pending.values());
    await removeMachines(this.options.number, this.options.volumes);
  }

  getMachine(instanceId: string): RealMachine {
    const machine = this.machines.get(instanceId);
    if (!machine) throw new UserError(`there is no machine ${instanceId}`, { fix: 'see: kubezero sandbox status' });
    return machine;
  }

  private at(address: string): Machine | undefined {
    return [...this.specifications.values()].find(({ privateIp }) => privateIp === address);
  }

  private takeRange(instanceId: string): number {
    const taken = new Set(this.ranges.values());
    let range = 0;
    while (taken.has(range)) range += 1;
    this.ranges.set(instanceId, range);
    return range;
  }

  private imageOf(machine: Machine, podSubnet: string): MachineImage {
    const { imageName } = machine;
    const release = Object.values(releases).find(({ image }) => imageName.startsWith(image.name.replace(/\*$/, '')));
    if (!release) throw new Error(`no release of KubeZero has the machine image ${imageName}`);
    const { init, os } = release.image;
    const parts = this.options.parts({ release, machine, podSubnet, awsEndpoint: this.awsEndpoint });
    return { init, os, region: this.options.region, parts };
  }

  private inTurn<T>(volumeId: string, task: () => Promise<T>): Promise<T> {
    const next = (this.pending.get(volumeId) ?? Promise.resolve()).then(task, task);
    this.pending.set(
      volumeId,
      next.catch(() => undefined),
    );
    return next;
  }
}
