import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import { controllerProgram } from '../../../infra/node/boot-program.ts';
import type { NodeCluster } from '../../../infra/node/cluster.ts';
import { unpackInstaller, unpackProgram } from '../../../infra/node/installer.ts';
import type { MachineFile } from '../../../infra/node/machine-file.ts';
import { controllerUserData, workerUserData } from '../../../infra/node/user-data.ts';
import type { ReleaseId } from '../../../releases/release.ts';
import { demoAt } from '../node-fixture.ts';
import { awsStandIn, etcdctlStandIn } from './stand-ins.ts';

/** What the image's `/bin/sh` is, and where that is busybox, its other tools with it. */
export type Shell = 'busybox ash' | 'sh';

/** What scripts call that every image has: theirs run it for real. */
const tools =
  'awk base64 basename cat chmod cmp cp cut date dd dirname env find grep head ln ls mkdir mktemp mv od printf rm sed sha256sum sleep sort tail touch tr wc';

/** What scripts call that would touch the machine the tests run on, or another: until told otherwise, all of it fails. */
const dangerous =
  'crictl curl getent hostname kubeadm kubectl kubelet mkfs.ext4 modprobe mount mountpoint sync sysctl systemctl';

const places = {
  a: { zone: 'eu-central-1a', nodeName: 'demo-controller-a', etcdVolumeId: 'vol-0aaaaaaaaaaaaaaaa' },
  b: { zone: 'eu-central-1b', nodeName: 'demo-controller-b', etcdVolumeId: 'vol-0bbbbbbbbbbbbbbbb' },
} as const;

const bucket = 'demo-backup-111122223333';

/** Which machine: a controller of a zone (the first one is `a`), or a worker. */
export type MachineName = 'a' | 'b' | 'worker';

/** What a test has otherwise than the demo cluster has it. */
type ClusterChange = (cluster: NodeCluster) => void;

const unchanged = new Map<string, MachineFile[]>();

/** What a machine's own user data writes, and a controller's program with it. */
function installed(name: MachineName, release: ReleaseId, change?: ClusterChange): MachineFile[] {
  const known = change ? undefined : unchanged.get(`${name} ${release}`);
  if (known) return known;
  const demo = demoAt(release);
  const cluster = { ...demo, environment: structuredClone(demo.environment), network: { ...demo.network } };
  change?.(cluster);
  const group = cluster.environment.workers[0];
  if (!group) throw new Error('the demo has no workers');
  const files =
    name === 'worker'
      ? unpackInstaller(workerUserData(cluster, group))
      : [...unpackInstaller(controllerUserData(cluster, places[name])), ...unpackProgram(controllerProgram().content)];
  if (!change) unchanged.set(`${name} ${release}`, files);
  return files;
}

/**
 * A machine as its own user data installs it, on a directory that stands for its root: absolute paths in the scripts lead
 * there, and what they call is played by small scripts that note how they were called and answer as told.
 */
export class ScriptMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'kubezero-scripts-'));

  constructor(
    readonly shell: Shell,
    name: MachineName = 'b',
    release: ReleaseId = '1.22',
    change?: ClusterChange,
  ) {
    for (const directory of ['bin', 'tools', 'run/kubezero', 'var/log/kubezero', 'var/lib/etcd', 'dev', 'etc']) {
      mkdirSync(join(this.root, directory), { recursive: true });
    }
    this.write('etc/hosts', '127.0.0.1 localhost\n');
    for (const { path, content } of installed(name, release, change)) {
      this.write(path, path.startsWith('/usr/local/lib/kubezero/') ? this.moved(content) : content);
    }
    this.#linkTools();
    for (const program of dangerous.split(' ')) this.answer(program, 'exit 97');
    this.answer('aws', awsStandIn(this.root));
    this.answer('sleep', 'exit 0');
    if (name === 'worker') {
      this.facts({ INSTANCE_ID: 'i-0w', ADDRESS: '10.0.9.9', ZONE: 'eu-central-1c', NODE_NAME: 'ip-10-0-9-9' });
    } else {
      const { nodeName, zone, etcdVolumeId } = places[name];
      const address = { a: '10.0.1.10', b: '10.0.2.10' }[name];
      this.facts({ INSTANCE_ID: `i-0${name}`, ADDRESS: address, ZONE: zone, NODE_NAME: nodeName });
      this.facts({ ETCD_VOLUME_ID: etcdVolumeId });
    }
    this.facts({ PROVIDER_ID: 'aws:///here/this' });
  }

  /** A script, with the machine's paths below this root. A plain file may play a device here, and no wait has many tries. */
  moved(script: string): string {
    return script
      .replaceAll(
        /(?<=[\s"'=<#])\/(etc|usr\/local|var|root|sys|proc|run|dev(?=\/(?:console|xvdf|\$)))\b/g,
        `${this.root}/$1`,
      )
      .replaceAll('[ -b ', '[ -f ')
      .replaceAll(/\bwait_for \d{2,3} /g, 'wait_for 4 ')
      .replace('\n', `\n${this.#notBusyboxs()}`);
  }

  /** Debian's busybox ash prefers its own tools to what is on PATH, so those that are played here are functions, too. */
  #notBusyboxs(): string {
    const names = 'hostname modprobe mount mountpoint sleep sync sysctl'.split(' ');
    return names.map((name) => `${name}() { ${this.root}/bin/${name} "$@"; }\n`).join('');
  }

  #linkTools(): void {
    const busybox = this.shell === 'busybox ash' ? find('busybox') : undefined;
    for (const tool of `${tools} sh`.split(' ')) {
      const at = busybox ?? find(tool);
      if (at) symlinkSync(at, join(this.root, 'tools', tool));
    }
  }

  /** Says what a program does when it is called: a piece of shell. */
  answer(name: string, body: string): void {
    const path = join(this.root, 'bin', name);
    writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> ${this.root}/calls\n${body}\n`);
    chmodSync(path, 0o755);
  }

  /** Takes a program away. */
  lack(name: string): void {
    rmSync(join(this.root, 'bin', name), { force: true });
  }

  /** Puts a piece of shell before what all steps have in common. */
  prelude(text: string): void {
    const path = join(this.root, 'usr/local/lib/kubezero/machine.sh');
    writeFileSync(path, `${text}\n${readFileSync(path, 'utf8')}`);
  }

  /** What `aws` answers to calls that aren't S3's: cases of the call's words, as in `"ec2 describe-volumes"*) echo x`. */
  aws(cases: string): void {
    this.write('aws-answers', `case "$*" in\n${cases}\nesac\n`);
  }

  /** Members as etcdctl lists them, of the cluster that answers; see {@link etcdctlStandIn}. */
  etcd(answers: Parameters<typeof etcdctlStandIn>[1]): void {
    this.answer('etcdctl', etcdctlStandIn(this.root, answers));
    this.write('etcd-members', answers.members.map((member) => `${member}\n`).join(''));
  }

  /** Runs a script of the machine, as the boot program does. */
  run(script: string, ...args: string[]): { ok: boolean; output: string } {
    const { status, stdout, stderr } = spawnSync(
      join(this.root, 'tools/sh'),
      [join(this.root, 'usr/local/lib/kubezero', script), ...args],
      { env: this.environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 },
    );
    return { ok: status === 0, output: this.#plain(`${stdout}${stderr}`) };
  }

  get environment(): { PATH: string } {
    return { PATH: `${join(this.root, 'bin')}:${join(this.root, 'tools')}` };
  }

  /** Runs a piece of shell after machine.sh was read. */
  shellOf(text: string): { ok: boolean; output: string } {
    this.write('usr/local/lib/kubezero/try', `. ${this.root}/usr/local/lib/kubezero/machine.sh\n${this.moved(text)}\n`);
    return this.run('try');
  }

  /** Without this root's path, so that texts read as on the machine. */
  #plain(text: string): string {
    return text.replaceAll(this.root, '');
  }

  /** How a program was called, each time. */
  calls(program: string): string[] {
    const start = `${program} `;
    return (this.read('calls') ?? '')
      .split('\n')
      .filter((line) => line.startsWith(start))
      .map((line) => line.slice(start.length));
  }

  /** The facts of this boot; adds to them. */
  facts(more: Record<string, string> = {}): Record<string, string> {
    const path = 'run/kubezero/instance.env';
    this.write(
      path,
      (this.read(path) ?? '') +
        Object.entries(more)
          .map(([name, value]) => `${name}='${value}'\n`)
          .join(''),
    );
    return Object.fromEntries(
      [...(this.read(path) ?? '').matchAll(/^(\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    );
  }

  read(path: string): string | undefined {
    return this.has(path) ? this.#plain(readFileSync(join(this.root, path), 'utf8')) : undefined;
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  list(path: string): string[] {
    return this.has(path) ? readdirSync(join(this.root, path)).sort() : [];
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** An object in the cluster's folder of the bucket. */
  stored(key: string): string | undefined {
    return this.read(join('s3', bucket, 'k8s/demo', key));
  }

  store(key: string, content: string): void {
    this.write(join('s3', bucket, 'k8s/demo', key), content);
  }

  /** From now on an operation of S3 fails on keys like this one, with what the CLI says then. */
  fault(operation: string, text: string, keys = '*'): void {
    this.write(join('faults', operation), `${keys}\n${text}\n`);
  }

  /** A controller's shared keys, in place. */
  withKeys(): void {
    for (const file of sharedKeys) this.write(`etc/kubernetes/pki/${file}`, `${file} of the cluster\n`);
  }

  end(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The keys that controllers share. */
export const sharedKeys = [
  'ca.crt',
  'ca.key',
  'etcd/ca.crt',
  'etcd/ca.key',
  'front-proxy-ca.crt',
  'front-proxy-ca.key',
  'sa.key',
  'sa.pub',
];

/** Where a program is on PATH. Asking a shell for each of a machine's tools takes longer than most tests. */
function find(program: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, program));
  return places.find((place) => existsSync(place));
}

const shells: Shell[] = find('busybox') ? ['busybox ash', 'sh'] : ['sh'];

/**
 * Tests of machines, once in each shell that one may have.
 * @param body gets `machine`, which makes one that goes when the test ends.
 */
export function onEachShell(
  title: string,
  body: (
    machine: (
      ...which: ConstructorParameters<typeof ScriptMachine> extends [Shell, ...infer R] ? R : never
    ) => ScriptMachine,
  ) => void,
): void {
  describe.each(shells)(`${title} (%s)`, (shell) => {
    const made: ScriptMachine[] = [];
    beforeEach(() => void made.splice(0));
    afterEach(() => {
      for (const machine of made) machine.end();
    });
    body((...which) => {
      const machine = new ScriptMachine(shell, ...which);
      made.push(machine);
      return machine;
    });
  });
}
