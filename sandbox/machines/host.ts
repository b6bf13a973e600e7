import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unpackInstaller } from '../../infra/node/installer.ts';
import type { MachineFile } from '../../infra/node/machine-file.ts';
import type { Machine, MachineHost } from '../aws/machine.ts';
import type { MachineNames } from '../faults.ts';
import { pause } from '../kubernetes/collection.ts';
import { runBootProgram } from './boot/program.ts';
import { Instance, type Surroundings } from './instance.ts';
import { releaseAbandonedLeases } from './leader-leases.ts';
import { nodeLost } from './node.ts';
import { fillPlaceholders, parseNodeConfig } from './node-config.ts';

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
    const files = unpackInstaller(machine.userData);
    mkdirSync(instance.root, { recursive: true });
    writeFiles(instance.root, files);
    this.start(instance);
  }

  /** Power-off and on again: the same root directory, the boot program from its first step. */
  async reboot(instanceId: string): Promise<void> {
    const before = this.surroundings.instances.get(instanceId);
    if (!before) return;
    await this.powerOff(before, 'rebooting');
    const instance = new Instance(before.machine, this.surroundings);
    // A file system in memory.
    rmSync(instance.path('/run'), { recursive: true, force: true });
    this.start(instance);
  }

  /** Powers an instance off the hard way: every process of it is killed, its node is heard of no more. */
  async terminate(instanceId: string): Promise<void> {
    const instance = this.surroundings.instances.get(instanceId);
    if (!instance) return;
    this.surroundings.instances.delete(instanceId);
    await this.powerOff(instance, 'powered off');
    instance.state = 'terminated';
    void this.forget(instance);
    if (instance.isController) void releaseAbandonedLeases(this.surroundings.client);
  }

  private start(instance: Instance): void {
    const { machine, providerId } = instance;
    const template = readFileSync(instance.path('/etc/kubezero/templates/node.yaml'), 'utf8');
    const facts = { ZONE: machine.zone, ADDRESS: machine.privateIp, PROVIDER_ID: providerId };
    instance.config = parseNodeConfig(fillPlaceholders(template, facts));
    this.surroundings.instances.set(machine.instanceId, instance);
    instance.ended = this.run(instance);
  }

  private async powerOff(instance: Instance, why: string): Promise<void> {
    instance.log(why);
    instance.power.abort(new Error(why));
    await instance.kubelet?.powerOff();
    // What was in the middle of something, writes nothing any more.
    await instance.ended;
    instance.volume = undefined;
  }

  private async forget(instance: Instance): Promise<void> {
    const { client, instances } = this.surroundings;
    for (let attempt = 0; attempt < 40; attempt += 1) {
      // The kubelet of the machine that follows keeps the node, before anyone sees that it was lost.
      if ([...instances.values()].some(({ nodeName, kubelet }) => kubelet && nodeName === instance.nodeName)) return;
      try {
        await nodeLost(client, instance.nodeName, instance.machine.instanceId);
        return;
      } catch {
        // The API may be away with the machine that is gone.
        await pause(500);
      }
    }
  }

  private async run(instance: Instance): Promise<void> {
    try {
      await this.suffer(instance);
      await runBootProgram(instance);
    } catch (error) {
      if (instance.power.signal.aborted) return;
      instance.state = 'failed';
      instance.error = (error as Error).message;
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
}

/** What a machine is called by, in faults and commands. */
export function namesOf(instance: Instance): MachineNames {
  const { machine, config, nodeName } = instance;
  return { instanceId: machine.instanceId, nodeName, zone: machine.zone, role: config?.role, group: config?.group };
}

/** Writes the files below a machine's root directory. */
function writeFiles(root: string, files: MachineFile[]): void {
  for (const { path, content, permissions = '0644' } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    // Ours to read again, whatever the mode says.
    chmodSync(target, Number.parseInt(permissions, 8) | 0o600);
  }
}
