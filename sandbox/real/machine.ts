import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../repository/root.ts';
import type { Machine } from '../aws/machine.ts';
import { removeCgroups } from './cgroups.ts';
import { makeDevices } from './devices.ts';
import { type MachineImage, writeRoot } from './image.ts';
import { writeKernelFiles } from './kernel-files.ts';
import { machineName } from './names.ts';
import type { MachineNetwork } from './network.ts';
import { type AttachedVolume, type DeviceDirectories, hideDevice, showDevice } from './volumes.ts';

const scripts = join(repositoryRoot, 'sandbox/real/scripts');

export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RealMachineOptions {
  machine: Machine;
  image: MachineImage;
  network: MachineNetwork;
  /** The machine's own, with everything that outlives a reboot. */
  directory: string;
  log(line: string): void;
}

/**
 * A machine: namespaces of this host around a root file system of its own, in which the image's init runs. Powered off the
 * hard way only; what it has on its disks stays until it is destroyed.
 */
export class RealMachine {
  readonly name: string;
  /** Its root file system as it is on disk; what is mounted in it is seen by {@link path}. */
  readonly root: string;
  private process?: ChildProcess;
  /** PID on this host of its init. */
  private init?: number;
  private command: string[] = [];
  private volumes = new Map<string, AttachedVolume>();
  /** Power-on and power-off take turns. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private options: RealMachineOptions) {
    this.name = machineName(options.network.number, options.machine.instanceId);
    this.root = join(options.directory, 'root');
  }

  get address(): string {
    return this.options.machine.privateIp;
  }

  get running(): boolean {
    return this.init !== undefined;
  }

  /** `<step> <attempt> <message>` of the boot program, or `running`; undefined before it has said anything in this boot. */
  get state(): string | undefined {
    return this.read('/run/kubezero/state')?.trim();
  }

  /** Powers it on: from the image, where there is no root file system yet. Resolves once its init runs. */
  start(): Promise<void> {
    return this.inTurn(() => this.powerOn());
  }

  /** Power-off without a word to anything in it. Its disks and volumes stay as they are. */
  stop(): Promise<void> {
    return this.inTurn(() => this.powerOff());
  }

  reboot(): Promise<void> {
    return this.inTurn(async () => {
      await this.powerOff();
      await this.powerOn();
    });
  }

  /** Takes the machine and its disks away; attached volumes are the caller's. */
  async destroy(): Promise<void> {
    await this.stop();
    rmSync(this.options.directory, { recursive: true, force: true });
  }

  /** Runs a command in it as root. */
  async exec(argv: string[], options: { timeoutSeconds?: number; input?: string } = {}): Promise<ExecResult> {
    if (this.init === undefined) throw new Error(`${this.options.machine.instanceId} isn't running`);
    const child = spawn('sh', [join(scripts, 'enter.sh'), this.name, String(this.init), ...argv], {
      timeout: (options.timeoutSeconds ?? 60) * 1000,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 137));
    });
    return { code, ...output };
  }

  /** Everything that was written to its console, of all boots. */
  console(): string {
    const file = join(this.options.directory, 'console.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Where a path of the running machine is on this host, with everything that is mounted there; absent where it is off. */
  path(path: string): string | undefined {
    return this.init === undefined ? undefined : join('/proc', String(this.init), 'root', path);
  }

  /** Contents of a file of the running machine; undefined where there is none. */
  read(path: string): string | undefined {
    const file = this.path(path);
    try {
      return file === undefined ? undefined : readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** A volume's device appears; also where the machine is off, at its next start. */
  attach(volumeId: string, loop: string): Promise<AttachedVolume> {
    return this.inTurn(async () => {
      const taken = new Set([...this.volumes.values()].map(({ device }) => device));
      // nvme0 is the root file system's.
      let number = 1;
      while (taken.has(`nvme${number}n1`)) number += 1;
      const volume = { volumeId, loop, device: `nvme${number}n1` };
      this.volumes.set(volumeId, volume);
      if (this.running) await showDevice(this.devices, volume);
      return volume;
    });
  }

  /** The device is gone; what has it mounted keeps it, as it would with a volume that is torn away. */
  detach(volumeId: string): AttachedVolume | undefined {
    const volume = this.volumes.get(volumeId);
    if (!volume) return undefined;
    this.volumes.delete(volumeId);
    hideDevice(this.devices, volume);
    return volume;
  }

  get attached(): AttachedVolume[] {
    return [...this.volumes.values()];
  }

  private get devices(): DeviceDirectories {
    return { dev: join(this.options.directory, 'dev'), block: join(this.options.directory, 'block') };
  }

  private async powerOn(): Promise<void> {
    if (this.process) return;
    const { directory, image, machine, network, log } = this.options;
    mkdirSync(directory, { recursive: true });
    // What a machine that was killed while it was made from its image has isn't a machine yet.
    if (this.command.length === 0) this.command = writeRoot(image, directory);
    const { dev, block } = this.devices;
    makeDevices(dev);
    rmSync(block, { recursive: true, force: true });
    mkdirSync(block, { recursive: true });
    for (const volume of this.volumes.values()) await showDevice(this.devices, volume);
    writeKernelFiles(join(directory, 'proc'));
    await network.connect(this.name, machine.instanceId, machine.privateIp);
    const child = spawn('sh', [join(scripts, 'start.sh'), this.name, this.name, directory, ...this.command], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    child.once('exit', (code, signal) => void this.ended(child, code, signal));
    const said = await hasStarted(child);
    this.init = said === undefined ? childOf(child.pid ?? 0) : undefined;
    if (this.init === undefined) {
      await this.powerOff();
      throw new Error(`${machine.instanceId} doesn't start: ${said || 'its init ended at once'}`);
    }
    log(`${machine.instanceId} powered on at ${machine.privateIp}`);
  }

  private async powerOff(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    this.init = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    await removeCgroups(this.name);
    await this.options.network.disconnect(this.name, this.address);
    if (child) this.options.log(`${this.options.machine.instanceId} powered off`);
  }

  /** The machine's first process has ended by itself: the kernel says how, in the signal that it seems to have died of. */
  private async ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.process !== child) return;
    const { machine, log } = this.options;
    // reboot(2) with "restart" and with "halt" or "power off", as pid_namespaces(7) has it.
    if (signal === 'SIGHUP') {
      log(`${machine.instanceId} reboots`);
      await this.reboot().catch((error: Error) => log(`${machine.instanceId}: ${error.message}`));
    } else {
      log(
        `${machine.instanceId} ${signal === 'SIGINT' ? 'has powered itself off' : `has crashed (${signal ?? code})`}`,
      );
      await this.stop().catch((error: Error) => log(`${machine.instanceId}: ${error.message}`));
    }
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const next = this.turn.then(task, task);
    this.turn = next.catch(() => undefined);
    return next;
  }
}

function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return child ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}

/** Until scripts/setup.sh has put everything in its place and becomes the image's init; else what went wrong. */
async function hasStarted(child: ChildProcess): Promise<string | undefined> {
  const [, , errors, started] = child.stdio;
  let said = '';
  errors?.on('data', (text: Buffer) => {
    said = (said + text).slice(-2000);
  });
  return new Promise((resolve) => {
    started?.once('data', () => resolve(undefined));
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve(said.trim()));
  });
}
