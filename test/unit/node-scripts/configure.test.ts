// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders are what is tested
import { describe, expect, it } from 'vitest';
import type { ReleaseId } from '../../../releases/release.ts';
import { onEachShell, type ScriptMachine } from './machine.ts';

onEachShell('step configure', (machine) => {
  function controller(release: ReleaseId = '1.22'): ScriptMachine {
    const one = machine('b', release);
    one.answer('kubeadm', 'exit 0');
    one.facts({
      ETCD_INITIAL_CLUSTER: 'b=https://b:2380',
      ETCD_CLUSTER_STATE: 'existing',
      ETCD_SERVERS: 'https://b:2379',
    });
    return one;
  }
  const phases = (one: ScriptMachine) => one.calls('kubeadm').map((call) => call.replace(/ --config.*/, ''));
  const all = ['certs all', 'kubeconfig all', 'etcd local', 'control-plane all'].map((phase) => `init phase ${phase}`);

  it.each(['1.21', '1.22'] as const)('fills in its files from templates, which stay as they are (%s)', (release) => {
    const one = controller(release);
    const templates = ['node.yaml', 'kubeadm.yaml'].map((name) => one.read(`etc/kubezero/templates/${name}`));
    expect(templates[1]).toContain('${ETCD_SERVERS}');
    expect(one.run('configure')).toMatchObject({ ok: true });
    expect(one.read('etc/kubezero/node.yaml')).toContain('nodeName: demo-controller-b');
    const kubeadm = one.read('etc/kubernetes/kubeadm.yaml') ?? '';
    expect(kubeadm).toContain('advertiseAddress: 10.0.2.10');
    expect(kubeadm).toContain('initial-cluster-state: existing');
    expect(kubeadm).not.toContain('${');
    expect(['node.yaml', 'kubeadm.yaml'].map((name) => one.read(`etc/kubezero/templates/${name}`))).toEqual(templates);
  });

  it('fills them in anew at the next boot, with that boot’s facts', () => {
    const one = controller();
    one.run('configure');
    one.remove('run/kubezero');
    one.facts({ ADDRESS: '10.0.2.77', NODE_NAME: 'demo-controller-b', ETCD_CLUSTER_STATE: 'existing' });
    one.run('configure');
    expect(one.read('etc/kubernetes/kubeadm.yaml')).toContain('advertiseAddress: 10.0.2.77');
  });

  it('has kubeadm make certificates, kubeconfigs, etcd and the control plane', () => {
    const one = controller();
    expect(one.run('configure').ok).toBe(true);
    expect(phases(one)).toEqual(all);
    expect(one.calls('kubeadm').every((call) => call.endsWith('--config /etc/kubernetes/kubeadm.yaml'))).toBe(true);
  });

  it('tells 1.21 where its patches are, which doesn’t read it from its configuration', () => {
    const one = controller('1.21');
    expect(one.run('configure').ok).toBe(true);
    expect(one.calls('kubeadm').slice(2)).toEqual([
      'init phase etcd local --config /etc/kubernetes/kubeadm.yaml --experimental-patches /etc/kubernetes/patches',
      'init phase control-plane all --config /etc/kubernetes/kubeadm.yaml --experimental-patches /etc/kubernetes/patches',
    ]);
  });

  it('writes the control plane once: an upgrade in place may have written the next release’s', () => {
    const one = controller();
    one.run('configure');
    one.run('configure');
    expect(phases(one)).toEqual([...all, ...all.slice(0, 3)]);
  });

  it('writes the control plane again where a boot died in the middle of it', () => {
    const one = controller();
    one.answer('kubeadm', 'case "$*" in *control-plane*) kill -9 $PPID;; esac');
    expect(one.run('configure').ok).toBe(false);
    one.answer('kubeadm', 'exit 0');
    one.run('configure');
    expect(phases(one)).toEqual([...all, ...all]);
  });

  it('leaves kubeadm’s files alone once the kubelet may have started', () => {
    const one = controller();
    one.write('run/kubezero/ready', '');
    expect(one.run('configure')).toMatchObject({ ok: true });
    expect(one.calls('kubeadm')).toEqual([]);
    expect(one.has('etc/kubernetes/kubeadm.yaml')).toBe(false);
  });

  it.each(['certs', 'kubeconfig', 'etcd', 'control-plane'])('stops where kubeadm fails at %s', (phase) => {
    const one = controller();
    one.answer('kubeadm', `case "$*" in *"phase ${phase} "*) exit 1;; esac`);
    expect(one.run('configure').ok).toBe(false);
    expect(phases(one).at(-1)).toContain(phase);
  });
});

onEachShell('step kubelet', (machine) => {
  /** A machine whose services are OpenRC's or systemd's; a service runs once it was started. */
  function withServices(init: 'openrc' | 'systemd', name: 'b' | 'worker' = 'b'): ScriptMachine {
    const one = machine(name);
    one.answer('kubeadm', 'exit 0');
    one.answer('crictl', 'exit 0');
    const [program, service, action] = init === 'openrc' ? ['rc-service', '$1', '$2'] : ['systemctl', '$2', '$1'];
    one.answer(
      program as string,
      `[ "$1" != -q ] || { [ -e "${one.root}/runs-${init === 'openrc' ? '$2' : '$3'}" ]; exit; }
      case ${action} in start | restart) touch "${one.root}/runs-${service}";; esac`,
    );
    return one;
  }
  const order = (one: ScriptMachine) =>
    (one.read('calls') ?? '')
      .split('\n')
      .filter((line) => /^(rc-service|systemctl|kubeadm|crictl)/.test(line) && !line.includes(' -q '));

  it.each([
    ['openrc', 'rc-service crio restart', 'rc-service kubelet start'],
    ['systemd', 'systemctl restart crio', 'systemctl start kubelet'],
  ] as const)('restarts the container runtime, waits for it, then starts the kubelet (%s)', (init, restart, start) => {
    const one = withServices(init);
    expect(one.run('kubelet')).toMatchObject({ ok: true });
    expect(order(one)).toEqual([
      restart,
      'crictl --runtime-endpoint unix:///var/run/crio/crio.sock version',
      'kubeadm init phase kubelet-start --config /etc/kubernetes/kubeadm.yaml',
      start,
    ]);
    expect(one.has('run/kubezero/ready')).toBe(true);
  });

  it('does so once in a boot: later it only sees to it that the kubelet runs', () => {
    const one = withServices('openrc');
    one.run('kubelet');
    const before = order(one).length;
    one.run('kubelet');
    expect(order(one)).toHaveLength(before);
    one.remove('runs-kubelet');
    one.run('kubelet');
    expect(order(one).slice(before)).toEqual(['rc-service kubelet start']);
  });

  it('restarts the runtime again in the next boot', () => {
    const one = withServices('openrc');
    one.run('kubelet');
    one.remove('run/kubezero');
    one.facts({ NODE_NAME: 'demo-controller-b' });
    one.run('kubelet');
    expect(order(one).filter((call) => call === 'rc-service crio restart')).toHaveLength(2);
  });

  it('only starts it on workers, whose join has configured it', () => {
    const one = withServices('openrc', 'worker');
    expect(one.run('kubelet')).toMatchObject({ ok: true });
    expect(one.calls('kubeadm')).toEqual([]);
    expect(one.has('runs-kubelet')).toBe(true);
  });

  describe('never lets the kubelet start', () => {
    it('while the runtime doesn’t answer', () => {
      const one = withServices('openrc');
      one.answer('crictl', 'exit 1');
      const { ok, output } = one.run('kubelet');
      expect(ok).toBe(false);
      expect(output).toContain('still waiting for the container runtime at unix:///var/run/crio/crio.sock');
      expect(one.has('run/kubezero/ready')).toBe(false);
      expect(one.has('runs-kubelet')).toBe(false);
    });

    it('where the runtime can’t be restarted', () => {
      const one = withServices('openrc');
      one.answer('rc-service', '[ "$1" != crio ]');
      expect(one.run('kubelet').ok).toBe(false);
      expect(one.has('run/kubezero/ready')).toBe(false);
    });
  });
});
