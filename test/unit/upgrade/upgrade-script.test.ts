import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { upgradeScript } from '../../../automation/upgrade/upgrade-pod.ts';
import { controllerKubeadm } from '../../../infra/node/kubeadm.ts';
import { controllerNode } from '../../../infra/node/node-description.ts';
import { demoAt } from '../node-fixture.ts';

const run = promisify(execFile);
const hasBusybox = spawnSync('busybox', ['true']).status === 0;
const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const facts = {
  ADDRESS: '10.0.1.10',
  ZONE: 'eu-central-1a',
  NODE_NAME: 'demo-controller-a',
  PROVIDER_ID: 'aws:///eu-central-1a/i-1',
  ETCD_VOLUME_ID: 'vol-1',
  ETCD_INITIAL_CLUSTER: 'demo-controller-a=https://demo-controller-a.demo.example.com:2380',
  ETCD_CLUSTER_STATE: 'new',
  ETCD_SERVERS: 'https://10.0.1.10:2379',
};

describe('the script of the upgrade pod', () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'kubezero-upgrade-'));
    root = join(base, 'root');
    put('config/upgrade.sh', upgradeScript());
    const cluster = demoAt('1.22');
    put('config/kubeadm.yaml', controllerKubeadm(cluster, controllerNode(cluster)));
    put('config/coredns.yaml', 'spec: {}\n');
    note(facts);
    put('root/etc/kubernetes/admin.conf', 'old admin\n');
    put('root/root/.kube/config', 'old admin\n');
    put('root/var/lib/kubelet/config.yaml', 'kubelet of 1.21\n');
    put('root/usr/bin/crictl', '', 0o755);
    for (const component of components) manifest(component, '1.21.9');
    // What the real one does to these files.
    tool(
      'kubeadm',
      `[ "$1" != version ] || { echo v1.22.8; exit; }
echo "$*" >> ${base}/calls
[ ! -e ${base}/broken ] || exit 1
mkdir -p ${root}/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-30
sed -i s/1.21.9/1.22.8/ ${root}/etc/kubernetes/manifests/*.yaml
echo "kubelet of 1.22" > ${root}/var/lib/kubelet/config.yaml
echo "new admin" > ${root}/etc/kubernetes/admin.conf`,
    );
    cluster121();
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function put(path: string, content: string, mode = 0o644): void {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), content);
    chmodSync(join(base, path), mode);
  }
  const tool = (name: string, script: string) => put(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);
  const note = (values: Record<string, string>) =>
    put(
      'root/run/kubezero/instance.env',
      Object.entries(values)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    );
  const manifest = (component: string, version: string) =>
    put(`root/etc/kubernetes/manifests/${component}.yaml`, `    image: k8s.gcr.io/${component}:v${version}\n`);
  const clusterAt = (version: string) =>
    tool(
      'kubectl',
      `echo "kubectl $*" >> ${base}/calls
case "$*" in *get*) printf 'data:\\n  ClusterConfiguration: |\\n    kubernetesVersion: v${version}\\n' ;; esac`,
    );
  const cluster121 = () => clusterAt('1.21.9');
  const read = (path: string) => readFileSync(join(base, path), 'utf8');
  const calls = () => (existsSync(join(base, 'calls')) ? read('calls').trim().split('\n') : []);

  async function upgrade(shell = ['sh'], path = ''): Promise<string> {
    const [command = '', ...args] = [...shell, join(base, 'config/upgrade.sh')];
    const PATH = [path, join(base, 'bin'), process.env.PATH].filter(Boolean).join(delimiter);
    const { stdout } = await run(command, args, { env: { PATH, HOST: root, KUBERNETES_VERSION: '1.22.8' } });
    return stdout;
  }
  const refusal = () =>
    upgrade().then(
      (said) => Promise.reject(new Error(`it went through: ${said}`)),
      ({ stderr }: { stderr: string }) => stderr,
    );
  const expectUntouched = () => {
    expect(calls().filter((call) => call.includes('upgrade apply') || call.includes('patch'))).toEqual([]);
    expect(read('root/var/lib/kubelet/config.yaml')).toBe('kubelet of 1.21\n');
    expect(existsSync(join(root, 'etc/kubezero/upgrade'))).toBe(false);
  };

  const shells: [string, string[]][] = [
    ['sh', ['sh']],
    ...(hasBusybox ? [['busybox ash', ['busybox', 'ash']] as [string, string[]]] : []),
  ];
  it.each(shells)('upgrades, keeps the kubelet’s configuration and leaves nothing behind (%s)', async (_, shell) => {
    const applets = join(base, 'applets');
    mkdirSync(applets);
    if (shell[0] === 'busybox')
      for (const name of 'cp grep head mkdir mv rm sed sort tail tr'.split(' '))
        symlinkSync((await run('which', ['busybox'])).stdout.trim(), join(applets, name));
    const said = await upgrade(shell, applets);
    expect(said).toContain('kube-apiserver on demo-controller-a is at 1.21.9');
    expect(said).toContain('the control plane of demo-controller-a is at 1.22.8');
    const patches = '--config /etc/kubezero/upgrade/kubeadm.yaml --patches /etc/kubernetes/patches';
    expect(calls()).toEqual([
      'kubectl -n kube-system get configmap kubeadm-config -o yaml',
      `--rootfs ${root} upgrade apply v1.22.8 --yes --etcd-upgrade=false ${patches}`,
      `kubectl -n kube-system patch deployment coredns --patch-file ${base}/config/coredns.yaml`,
    ]);
    expect(read('root/var/lib/kubelet/config.yaml')).toBe('kubelet of 1.21\n');
    expect(read('root/root/.kube/config')).toBe('new admin\n');
    for (const left of [
      'etc/kubezero/upgrade',
      'etc/kubernetes/tmp',
      'etc/kubezero/node.yaml',
      'etc/kubernetes/kubeadm.yaml',
    ])
      expect(existsSync(join(root, left))).toBe(false);
  });

  it('gives kubeadm the new release’s configuration with what the machine noted at its boot', async () => {
    tool(
      'kubeadm',
      `[ "$1" != version ] && cp ${root}/etc/kubezero/upgrade/kubeadm.yaml ${base}/given || echo v1.22.8`,
    );
    await upgrade();
    const given = read('given');
    expect(given).toContain('kubernetesVersion: 1.22.8');
    expect(given).toContain(`initial-cluster: ${facts.ETCD_INITIAL_CLUSTER}`);
    expect(given).toContain('initial-cluster-state: existing');
    expect(given).not.toContain('${');
  });

  it('goes on where it failed or was killed, with the kubelet’s configuration of before', async () => {
    put('broken', '');
    expect(await refusal()).toContain('kubeadm upgrade apply failed on demo-controller-a');
    // Killed after kubeadm has replaced it.
    put('root/var/lib/kubelet/config.yaml', 'kubelet of 1.22\n');
    rmSync(join(base, 'broken'));
    await upgrade();
    expect(read('root/var/lib/kubelet/config.yaml')).toBe('kubelet of 1.21\n');
    await upgrade();
    expect(read('root/var/lib/kubelet/config.yaml')).toBe('kubelet of 1.21\n');
  });

  it('puts back a static pod that kubeadm had moved away when it was killed', async () => {
    rmSync(join(root, 'etc/kubernetes/manifests/kube-apiserver.yaml'));
    for (const [time, version] of [
      ['29', '1.20.1'],
      ['30', '1.21.9'],
    ])
      put(
        `root/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-${time}/kube-apiserver.yaml`,
        `    image: kube-apiserver:v${version}\n`,
      );
    expect(await upgrade()).toContain('putting back the static pod kube-apiserver');
    expect(read('root/etc/kubernetes/manifests/kube-apiserver.yaml')).toContain('v1.22.8');
  });

  it('never goes back', async () => {
    clusterAt('1.23.5');
    expect(await refusal()).toContain('the cluster is at 1.23.5, which is later than 1.22.8: nothing was changed');
    expectUntouched();
    cluster121();
    manifest('kube-scheduler', '1.22.10');
    expect(await refusal()).toContain('kube-scheduler on demo-controller-a is at 1.22.10, which is later than 1.22.8');
    expectUntouched();
  });

  it.each<[string, () => void, string]>([
    [
      'a machine whose boot program has not run',
      () => rmSync(join(root, 'run'), { recursive: true }),
      "/run/kubezero/instance.env isn't there",
    ],
    ['a machine whose boot is not complete', () => note({ ...facts, ETCD_SERVERS: '' }), 'says no ETCD_SERVERS'],
    ['a machine that is no controller', () => rmSync(join(root, 'etc/kubernetes/admin.conf')), 'is no controller'],
    ['a machine without crictl', () => rmSync(join(root, 'usr/bin/crictl')), 'has no crictl'],
    [
      'an image with another kubeadm',
      () => tool('kubeadm', 'echo v1.22.1'),
      'the image has kubeadm v1.22.1, not v1.22.8',
    ],
    [
      'a ConfigMap that lacks a file',
      () => rmSync(join(base, 'config/coredns.yaml')),
      'the ConfigMap lacks coredns.yaml',
    ],
    [
      'a placeholder that nothing fills',
      () => put('config/kubeadm.yaml', 'a: ${NOBODY}\n'),
      'nothing fills: ${NOBODY}',
    ],
  ])('refuses %s', async (_, breakIt, message) => {
    breakIt();
    expect(await refusal()).toContain(message);
    expect(calls().some((call) => call.includes('upgrade apply'))).toBe(false);
    expect(read('root/var/lib/kubelet/config.yaml')).toBe('kubelet of 1.21\n');
  });
});
