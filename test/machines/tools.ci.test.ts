import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ensureTools } from '../../toolchain/index.ts';
import { onMachines } from './on-machines.ts';

onMachines('the tools of real machines', () => {
  test('are there at their pinned versions', async () => {
    const tools = await ensureTools(['machines']);
    const versions = tools.binaries.map(({ name, version }) => `${name} ${version}`);
    expect(versions).toEqual([
      'kubelet 1.21.9',
      'kubectl 1.21.9',
      'kube-proxy 1.21.9',
      'kubelet 1.22.8',
      'kubectl 1.22.8',
      'kube-proxy 1.22.8',
      'crictl 1.34.0',
      expect.stringMatching(/^aws 1\.46\./),
    ]);
  });

  test('work in a root directory of its own, where the AWS CLI has its packages by the same path', async () => {
    const tools = await ensureTools(['machines']);
    const aws = tools.path('aws');
    const kubelet = tools.path('kubelet', '1.22.8');
    const root = await mkdtemp(join(tmpdir(), 'kubezero-chroot-'));
    try {
      const shown = ['/usr', '/dev', dirname(aws), dirname(kubelet)];
      for (const directory of shown) await mkdir(join(root, directory), { recursive: true });
      const mounts = shown.map((directory) => `mount --rbind -o ro "${directory}" "$root${directory}"`);
      const links = ['bin', 'lib', 'lib64', 'sbin'].map(
        (name) => `if [ -L /${name} ]; then ln -s usr/${name} "$root"; fi`,
      );
      const script = ['set -e', 'root=$1; shift', ...mounts, ...links, 'exec chroot "$root" /bin/sh -c "$1"'].join(
        '\n',
      );
      const question = `'${aws}' --version && '${kubelet}' --version`;
      const { stdout } = await execa('unshare', ['--mount', 'sh', '-c', script, 'sh', root, question]);
      expect(stdout).toMatch(/^aws-cli\/1\.46\.\d+ Python\/3\.\d+/);
      expect(stdout).toContain('Kubernetes v1.22.8');
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});
