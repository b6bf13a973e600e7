import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine, MachineHost } from '../aws/machine.ts';
import type { MachineNames } from '../faults.ts';
import { pause } from '../kubernetes/collection.ts';
import { apiAddress } from './addresses.ts';
import { type NodeConfig, parseCloudConfig, parseNodeConfig, writeFiles } from './cloud-config.ts';
import { Instance, type Surroundings } from './instance.ts';
import { rewriteKubeconfigs } from './kubeadm.ts';
import { Kubelet } from './kubelet.ts';
import { releaseAbandonedLeases } from './leader-leases.ts';
import { nodeLost } from './node.ts';
import { joinWorker, standIns } from './stand-ins.ts';

const standInDirectory = '/usr/local/lib/kubezero/';

/** The hardware of the simulated account: boots instances from their own user data. */
export class Machines implements MachineHost {
  constructor(private surroundings: Surroundings) {
    surroundings.faults.onChange(() => this.holdProcesses());
  }

  /** Acts out the faults that keep processes down. */
  private holdProcesses(): void {
    for (const instance of this.surroundings.instances.values()) {
      const held = this.surroundings.faults
        .ofMachine('process-down', namesOf(instance))
        .map(({ component }) => component);
      instance.kubelet?.release(held);
      for (const component of held) instance.kubelet?.hold(component);
    }
  }

  /** Powers an instance on; it goes on booting by itself. @throws Error where its user data can't be read at all. */
  async boot(machine: Machine): Promise<void> {
    const instance = new Instance(machine, this.surroundings);
    const { commands, files } = parseCloudConfig(machine.userData);
    mkdirSync(instance.root, { recursive: true });
    writeFiles(instance.root, files);
    instance.config = readNodeConfig(instance);
    this.surroundings.instances.set(machine.instanceId, instance);
    void this.run(instance, commands);
  }

  /** Powers an instance off the hard way: every process of it is killed, its node is heard of no more. */
  async terminate(instanceId: string): Promise<void> {
    const instance = this.surroundings.instances.get(instanceId);
    if (!instance) return;
    this.surroundings.instances.delete(instanceId);
    instance.log('powered off');
    instance.state = 'terminated';
    instance.power.abort(new Error('powered off'));
    await instance.kubelet?.powerOff();
    void this.forget(instance);
    if (instance.isController) void releaseAbandonedLeases(this.surroundings.client);
  }

  private async forget(instance: Instance): Promise<void> {
    for (let attempt = 0; attempt < 40; attempt += 1) {
      try {
        await nodeLost(this.surroundings.client, instance.nodeName, instance.providerId);
        return;
      } catch {
        // The API may be away with the machine that is gone.
        await pause(500);
      }
    }
  }

  private async run(instance: Instance, commands: string[][]): Promise<void> {
    try {
      await this.suffer(instance);
      for (const command of commands) {
        instance.power.signal.throwIfAborted();
        await this.command(instance, command);
      }
      instance.state = 'running';
      instance.log('booted');
    } catch (error) {
      if (instance.power.signal.aborted) return;
      instance.state = 'failed';
      instance.error = (error as Error).message;
      instance.onEtcdReady?.();
      instance.log(`does not boot: ${instance.error}`);
    }
  }

  private async suffer(instance: Instance): Promise<void> {
    const names = namesOf(instance);
    const { faults } = this.surroundings;
    if (faults.ofMachine('boot-failure', names).length > 0) throw new Error('machine does not boot (fault)');
    const seconds = faults.ofMachine('slow-boot', names).reduce((sum, fault) => sum + fault.seconds, 0);
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      instance.power.signal.throwIfAborted();
      await pause(200);
    }
  }

  private async command(instance: Instance, command: string[]): Promise<void> {
    const [executable = '', ...args] = command;
    const name = executable.startsWith(standInDirectory) ? executable.slice(standInDirectory.length) : undefined;
    const standIn = name ? standIns[name] : undefined;
    if (standIn) {
      await standIn(instance);
      // `configure` has filled in what it says about this machine.
      if (name === 'configure') instance.config = readNodeConfig(instance);
      return;
    }
    if (executable.split('/').at(-1) === 'kubeadm') return this.kubeadm(instance, args);
    instance.log(`nothing to do here for: ${command.join(' ').slice(0, 120)}`);
  }

  private async kubeadm(instance: Instance, args: string[]): Promise<void> {
    if (args[0] === 'join')
      return joinWorker(instance, args[args.indexOf('--config') + 1] ?? '/etc/kubernetes/join.yaml');
    const phase = args.slice(2).join(' ');
    // The phases before this one only wrote files: from here on the kubelet runs what they say.
    await runKubeadm(instance, args);
    if (phase.startsWith('kubelet-start')) {
      instance.kubelet ??= new Kubelet(instance);
      await instance.kubelet.applyManifests();
    }
  }
}

/** Runs a kubeadm phase in a machine's root directory, at the machine's Kubernetes version unless told otherwise. */
export async function runKubeadm(
  instance: Instance,
  args: string[],
  version = instance.config?.kubernetesVersion ?? '',
): Promise<void> {
  const { kubeadm, number } = instance.surroundings;
  const output = await kubeadm(version, instance.root, args, instance.power.signal);
  instance.log(`kubeadm ${args.slice(0, 4).join(' ')}: ${output.split('\n').at(-1) ?? ''}`);
  if (args.includes('kubeconfig')) {
    const { machine, config, loopback, root } = instance;
    rewriteKubeconfigs(join(root, 'etc/kubernetes'), {
      localServer: `https://${loopback}:6443`,
      privateAddress: machine.privateIp,
      sharedServer: `https://${apiAddress(number)}:6443`,
      serverName: config?.apiEndpoint.split(':')[0] ?? 'kubernetes',
    });
  }
}

function readNodeConfig({ root }: Instance): NodeConfig {
  return parseNodeConfig(readFileSync(join(root, 'etc/kubezero/node.yaml'), 'utf8'));
}

function namesOf(instance: Instance): MachineNames {
  const { machine, config, nodeName } = instance;
  return { instanceId: machine.instanceId, nodeName, zone: machine.zone, role: config?.role, group: config?.group };
}
