import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alpineInit, alpinePart, alpineServices, copyAlpinePrograms } from './root/alpine.ts';
import type { ImageFacts } from './root/base.ts';
import { bindLines, type ImagePart, together, writePart } from './root/part.ts';
import { hiddenPrograms, ubuntuInit, ubuntuPart, ubuntuServices } from './root/ubuntu.ts';

/** The image that a real machine boots from. */
export interface MachineImage extends ImageFacts {
  init: 'openrc' | 'systemd';
  /** Tools, container runtime and what else it has of the release. */
  parts: ImagePart[];
}

/** Makes a machine's root file system, with what scripts/setup.sh is told about it; returns the command of its init. */
export function writeRoot(image: MachineImage, directory: string): string[] {
  const alpine = image.init === 'openrc';
  const root = join(directory, 'root');
  const upper = join(directory, 'usr/upper');
  const part = together(alpine ? alpinePart(image) : ubuntuPart(image), ...image.parts);
  Object.assign(part.links, alpine ? alpineServices(part.services) : ubuntuServices(part.services));
  // The host's /usr lies below a layer of the machine's own.
  const at = (path: string) => {
    if (alpine || !path.startsWith('/usr/')) return join(root, path);
    if (path.startsWith('/usr/local/')) return join(directory, path);
    return join(upper, path.slice('/usr/'.length));
  };
  rmSync(root, { recursive: true, force: true });
  rmSync(join(directory, 'usr'), { recursive: true, force: true });
  mkdirSync(root, { recursive: true, mode: 0o755 });
  if (!alpine)
    for (const path of ['upper', 'work', 'local']) mkdirSync(join(directory, 'usr', path), { recursive: true });
  writePart(part, at);
  if (alpine) copyAlpinePrograms(root);
  const binds = alpine ? [] : [{ here: join(directory, 'usr/local'), there: '/usr/local', mode: 'rw' as const }];
  writeFileSync(join(directory, 'binds'), bindLines([...binds, ...part.binds]));
  writeFileSync(
    join(directory, 'hidden'),
    alpine ? '' : hiddenPrograms.map((name) => `/usr/sbin/${name}\n/usr/bin/${name}\n`).join(''),
  );
  return alpine ? alpineInit : ubuntuInit;
}
