import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../../repository/root.ts';

/** A file of a machine image. */
export interface RootFile {
  path: string;
  content: string;
  /** Default 0644. */
  mode?: number;
}

/** A file or directory of this host that a machine sees; where it needs one, the place for it is made. */
export interface RootBind {
  here: string;
  there: string;
  mode: 'ro' | 'rw';
}

/** What something adds to a machine image. */
export interface ImagePart {
  files?: RootFile[];
  /** Target by path of the link. */
  links?: Record<string, string>;
  directories?: string[];
  binds?: RootBind[];
  /** Services that the image starts, by their names in both init systems. */
  services?: string[];
}

/** Puts parts together; of two files with the same path the later one stays. */
export function together(...parts: ImagePart[]): Required<ImagePart> {
  return {
    files: parts.flatMap(({ files = [] }) => files),
    links: Object.assign({}, ...parts.map(({ links }) => links)),
    directories: parts.flatMap(({ directories = [] }) => directories),
    binds: parts.flatMap(({ binds = [] }) => binds),
    services: parts.flatMap(({ services = [] }) => services),
  };
}

/** Writes a part below a root directory. @param at  where a path of the machine is on this host */
export function writePart(part: Required<ImagePart>, at: (path: string) => string): void {
  for (const path of part.directories) mkdirSync(at(path), { recursive: true });
  for (const { path, content, mode = 0o644 } of part.files) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
    chmodSync(at(path), mode);
  }
  for (const [path, target] of Object.entries(part.links)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    if (isThere(at(path))) rmSync(at(path));
    symlinkSync(target, at(path));
  }
}

/** `binds` as scripts/setup.sh reads them: one a line. */
export function bindLines(binds: RootBind[]): string {
  return binds.map(({ here, there, mode }) => `${mode} ${here} ${there}\n`).join('');
}

/** A file of ours that is copied into images, from root/files. */
export function imageFile(name: string): string {
  return readFileSync(join(repositoryRoot, 'sandbox/real/root/files', name), 'utf8');
}

/** Also where a link leads nowhere. */
function isThere(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
