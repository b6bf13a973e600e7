import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { unpackInstaller } from '../../infra/node/installer.ts';
import { cacheDirectory } from '../../toolchain/index.ts';
import type { Machine, MachineHost } from '../aws/machine.ts';
import { podVolumes } from '../directory.ts';
import { Instance, type Surroundings } from '../machines/instance.ts';
import { fillPlaceholders, parseNodeConfig } from '../machines/node-config.ts';
import { type ImageServer, startImageServer } from './images/server.ts';
import { RealMachines } from './machines.ts';
import { observe } from './observation.ts';
import { awsPart, kubernetesPart } from './root/tools.ts';
import { findCrio } from './runtime/crio.ts';
import { MachineEgress } from './runtime/egress.ts';
import { runtimePart } from './runtime/files.ts';
import { machineRuntime } from './runtime/program.ts';

/**
 * Machines that really boot, as the simulated account's hardware; and what the rest of the sandbox sees of each, read from
 * the running machine.
 */
export class RealHardware implements MachineHost {
  readonly machines: RealMachines;
  private images?: ImageServer;
  private egress?: MachineEgress;
  private program = '';

  constructor(private surroundings: Surroundings) {
    const { aws, directory, log, number } = surroundings;
    this.machines = new RealMachines({
      number,
      region: aws.region,
      instances: directory.instances,
      volumes: directory.volumes,
      aws: () => aws.endpointUrl,
      addressesOf: (name) => aws.addressesOf(name),
      parts: ({ release, podSubnet, awsEndpoint }) => [
        runtimePart({ release, podSubnet, service: this.images?.url ?? '', program: this.program, crio: findCrio() }),
        kubernetesPart(surroundings.tools, release.kubernetesVersion),
        awsPart(surroundings.tools('aws'), awsEndpoint),
        {
          binds: [...(this.egress ? [this.egress.bind] : []), { here: this.podVolumes, there: podVolumes, mode: 'rw' }],
        },
      ],
      log,
    });
  }

  /** Gets network, images and the way to webhooks ready. The simulated AWS has to listen by then. */
  async start(): Promise<void> {
    const { client, directory, log, tools } = this.surroundings;
    this.program = await machineRuntime();
    const egress = join(directory.root, 'egress');
    for (const path of [egress, this.podVolumes]) mkdirSync(path, { recursive: true });
    await this.machines.start();
    const addresses = () => new Set([...this.machines.all.values()].map(({ address }) => address));
    this.egress = new MachineEgress({
      directory: egress,
      services: directory.egressSocket,
      machine: (host, port) => (addresses().has(host) ? connect({ host, port }) : undefined),
    });
    this.images = await startImageServer({
      host: this.machines.network.hostAddress,
      directory: join(cacheDirectory(), 'images'),
      sources: {
        tool: tools,
        program: this.program,
        aws: { program: tools('aws'), endpointUrl: this.machines.awsEndpoint },
        ...this.egress.sources,
      },
      pod: (namespace, name) => client.find(`/api/v1/namespaces/${namespace}/pods/${name}`),
      log: (line) => log(`images: ${line}`),
    });
  }

  async boot(machine: Machine): Promise<void> {
    await this.machines.boot(machine);
    const instance = new Instance(machine, this.surroundings);
    instance.loopback = machine.privateIp;
    const template = unpackInstaller(machine.userData).find(({ path }) => path === '/etc/kubezero/templates/node.yaml');
    const facts = { ZONE: machine.zone, ADDRESS: machine.privateIp, PROVIDER_ID: instance.providerId };
    instance.config = parseNodeConfig(fillPlaceholders(template?.content ?? '', facts));
    this.surroundings.instances.set(machine.instanceId, instance);
    observe(instance, this.machines.getMachine(machine.instanceId));
  }

  async terminate(instanceId: string): Promise<void> {
    const instance = this.surroundings.instances.get(instanceId);
    instance?.power.abort(new Error('powered off'));
    this.surroundings.instances.delete(instanceId);
    if (instance) this.surroundings.proxy.remove(instance.loopback);
    await this.machines.terminate(instanceId);
  }

  async reboot(instanceId: string): Promise<void> {
    await this.machines.reboot(instanceId);
  }

  attached(volume: { volumeId: string; instanceId: string; size: number }): Promise<void> {
    return this.machines.attached(volume);
  }

  detached(volume: { volumeId: string; instanceId: string }): void {
    this.machines.detached(volume);
  }

  /** A file of a running controller: what only the machines make, such as the cluster's keys. */
  read(path: string): string | undefined {
    for (const machine of this.machines.all.values()) {
      const content = machine.read(path);
      if (content) return content;
    }
    return undefined;
  }

  async stop(): Promise<void> {
    for (const { power } of this.surroundings.instances.values()) power.abort(new Error('the sandbox stops'));
    await this.machines.stop();
    this.egress?.close();
    await this.images?.close();
  }

  private get podVolumes(): string {
    return join(this.surroundings.directory.root, 'pod-volumes');
  }
}
