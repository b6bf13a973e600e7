import { gzip, ungzip } from 'pako';
import { paths } from './cluster.ts';
import type { MachineFile } from './machine-file.ts';

/** Ends the content of a file in the installer; no line of a file may be this. */
const end = 'KUBEZERO_END';
/** Ends the readable part of user data; what follows is packed. */
const packedBelow = '# PAYLOAD';
const defaultPermissions = '0644';

/** What user data starts with: for whoever looks at it on the machine, and for whatever executes it. */
const head = (what: string) => `#!/bin/sh
# ${what}. To read it: sed '1,/^${packedBelow}$/d' FILE | base64 -d | gunzip
set -eu
umask 077
installer=$(mktemp)
trap 'rm -f "$installer"' EXIT
sed '1,/^${packedBelow}$/d' "$0" | base64 -d | gunzip > "$installer"
sh "$installer"
exit
${packedBelow}
`;

/** A file gets its name only once it is complete, with its permissions: one that a boot was killed over is the old one. */
const put = `set -eu
put() {
  umask 022
  mkdir -p "\${2%/*}"
  umask 077
  cat > "$2.new"
  chmod "$1" "$2.new"
  mv -f "$2.new" "$2"
}
`;

/**
 * User data that writes files and then runs the script `install` among them: a shell script in plain ASCII, which every
 * image's bootstrap executes as it is. What is packed in it is a shell script too. The same files give the same bytes on
 * every machine and version of Node.js, since the packing is JavaScript: otherwise previews would show changed launch templates.
 * @param what it is, in one line: `KubeZero 1.22: worker of cluster demo`.
 * @throws Error where a file has content that the script can't carry.
 */
export function packInstaller(what: string, files: MachineFile[]): string {
  const script = [put, ...files.map(putFile), `sh ${paths.scripts}/install\n`].join('');
  const lines = Buffer.from(smallest(script)).toString('base64').match(wide) ?? [];
  return `${head(what)}${lines.join('\n')}\n`;
}

/** Every line break counts. */
const wide = /.{1,512}/g;

/** User data is short of room, and the size of deflate's blocks, which follows its memory, makes a difference. */
function smallest(script: string): Uint8Array {
  const packed = [4, 5, 6, 7, 8, 9].map((memLevel) => gzip(Buffer.from(script), { level: 9, memLevel }));
  return packed.reduce((least, one) => (one.length < least.length ? one : least));
}

function putFile({ path, content, permissions = defaultPermissions }: MachineFile): string {
  if (!/^\/[\w./+-]+$/.test(path)) throw new Error(`"${path}" can't be the path of a file in user data`);
  if (!content.endsWith('\n')) throw new Error(`${path} doesn't end with a line break`);
  if (content.includes('\0') || content.split('\n').includes(end))
    throw new Error(`${path} has a null byte or a line "${end}", which user data can't carry`);
  return `put ${permissions} ${path} <<'${end}'\n${content}${end}\n`;
}

/** What a program for controllers starts with: for whoever finds it in the bucket. */
const programHead = `#!/bin/sh
# KubeZero: scripts of a controller's boot program. Its step \`program\` runs this, which puts them in their place.
`;

/**
 * A shell script, readable as it is, that writes files and does nothing else.
 * @throws Error where a file has content that the script can't carry.
 */
export function packProgram(files: MachineFile[]): string {
  return [programHead, put, ...files.map(putFile)].join('');
}

/** Whether a text was made by {@link packProgram}. */
export function isProgram(text: string): boolean {
  return text.startsWith('#!/bin/sh\n# KubeZero: ');
}

/**
 * Files that a text made by {@link packProgram} writes, in its order.
 * @throws Error where the text is something else.
 */
export function unpackProgram(text: string): MachineFile[] {
  if (!isProgram(text)) throw new Error('this is no boot program of KubeZero’s');
  return filesIn(text);
}

/** Whether a text is user data made by {@link packInstaller}. */
export function isInstaller(text: string): boolean {
  return text.startsWith('#!/bin/sh\n# KubeZero ') && text.includes(`\n${packedBelow}\n`);
}

/**
 * Files that user data made by {@link packInstaller} writes, in its order.
 * @throws Error where the text is something else.
 */
export function unpackInstaller(userData: string): MachineFile[] {
  if (!isInstaller(userData)) throw new Error('this user data is no installer of KubeZero’s');
  const packed = Buffer.from(userData.slice(userData.indexOf(`\n${packedBelow}\n`) + packedBelow.length + 2), 'base64');
  return filesIn(Buffer.from(ungzip(packed)).toString());
}

function filesIn(script: string): MachineFile[] {
  return [...script.matchAll(filePattern)].map(([, permissions = '', path = '', content = '']) => ({
    path,
    content,
    ...(permissions === defaultPermissions ? {} : { permissions }),
  }));
}

/** One call of `put` with what follows it, up to the first line that is the end mark. */
const filePattern = new RegExp(`^put (\\d+) (\\S+) <<'${end}'\\n([^]*?\\n)??${end}\\n`, 'gm');
