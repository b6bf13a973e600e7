import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../kubernetes/collection.ts';
import { run } from '../processes.ts';

const gibibyte = 1024 ** 3;

/** A volume as a machine has it. */
export interface AttachedVolume {
  volumeId: string;
  /** Loop device of this host, e.g. `/dev/loop3`. */
  loop: string;
  /** Name of the machine's device, e.g. `nvme1n1`. */
  device: string;
}

/** Where a machine's devices are: what becomes its /dev and /sys/block. */
export interface DeviceDirectories {
  dev: string;
  block: string;
}

/** A volume's contents: a sparse file of its size, made when it is first attached. Nothing was ever written to a new one. */
export function volumeFile(directory: string, volumeId: string, size: number): string {
  const file = join(directory, `${volumeId}.img`);
  if (!existsSync(file)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, '');
    truncateSync(file, size * gibibyte);
  }
  return file;
}

/** A loop device of the file. @throws Error where there is one already: two of them would write over each other's data */
export async function attachLoop(file: string): Promise<string> {
  const { stdout: present } = await run('losetup', ['--associated', file, '--noheadings', '--output', 'NAME']);
  if (present.trim()) throw new Error(`${file} is still ${present.trim()}: who had it before has it mounted`);
  const { stdout } = await run('losetup', ['--find', '--show', file]);
  return stdout.trim();
}

/** Lets the loop device go; resolves once nobody has it mounted any more, or after 10 seconds. */
export async function detachLoop(loop: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // The kernel takes a device in use away when it is let go of.
    await run('losetup', ['--detach', loop]).catch(() => undefined);
    if (!existsSync(`/sys/block/${loop.slice('/dev/'.length)}/loop/backing_file`)) return;
    await pause(100);
  }
}

/** Loop devices whose file is below a directory. */
export async function loopsBelow(directory: string): Promise<string[]> {
  const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, file = '']) => file.startsWith(`${directory}/`))
    .map(([name = '']) => name);
}

/**
 * Makes a volume's device appear in a machine: the device node, and what udev and the boot program read of it in
 * /sys/block, the volume's id as its serial number (without its dash, padded as NVMe has it) above all.
 */
export async function showDevice(
  directories: DeviceDirectories,
  { volumeId, loop, device }: AttachedVolume,
): Promise<void> {
  const [number = '7:0', sectors = '0'] = ['dev', 'size'].map((name) =>
    readFileSync(`/sys/block/${loop.slice('/dev/'.length)}/${name}`, 'utf8').trim(),
  );
  const entry = join(directories.block, device);
  const write = (name: string, content: string) => {
    mkdirSync(join(entry, name, '..'), { recursive: true });
    writeFileSync(join(entry, name), `${content}\n`);
  };
  write('dev', number);
  write('size', sectors);
  write('queue/scheduler', '[none] mq-deadline');
  write('queue/rotational', '0');
  write('device/model', 'Amazon Elastic Block Store');
  await run('mknod', ['-m', '660', join(directories.dev, device), 'b', ...number.split(':')]);
  // Last: who sees the serial number goes on to the device.
  write('device/serial', volumeId.replace('-', '').padEnd(20));
}

export function hideDevice({ dev, block }: DeviceDirectories, { device }: AttachedVolume): void {
  rmSync(join(block, device), { recursive: true, force: true });
  rmSync(join(dev, device), { force: true });
}
