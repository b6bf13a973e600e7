import { expect, it } from 'vitest';
import { onEachShell, type ScriptMachine } from './machine.ts';

const objects = {
  'configmap kubeadm-config': 'upload-config',
  'configmap cluster-info': 'bootstrap-token',
  'rolebinding kubeadm:bootstrap-signer-clusterinfo': 'bootstrap-token',
  'daemonset kube-proxy': 'addon kube-proxy',
  'deployment coredns': 'addon coredns',
};

onEachShell('step cluster', (machine) => {
  /** A controller of a cluster that has these objects. */
  function controller(there: string[]): ScriptMachine {
    const one = machine('a');
    one.answer('kubeadm', 'exit 0');
    const found = there.map((name) => `*" get ${name} --ignore-not-found -o name") echo "\${2}/\${3}";;`);
    one.answer('kubectl', `case "$*" in ${found.join('\n')} *) ;; esac`);
    return one;
  }
  const phases = (one: ScriptMachine) =>
    one
      .calls('kubeadm')
      .map((call) => call.replace('init phase ', '').replace(' --config /etc/kubernetes/kubeadm.yaml', ''));
  const changes = (one: ScriptMachine) => one.calls('kubectl').filter((call) => !call.includes(' get '));
  const patch = '-n kube-system patch deployment coredns --patch-file /etc/kubezero/coredns.yaml';

  it('gives a new cluster all it has none of', () => {
    const one = controller([]);
    expect(one.run('cluster')).toMatchObject({ ok: true });
    expect(phases(one)).toEqual([
      'upload-config kubelet',
      'upload-config kubeadm',
      'bootstrap-token',
      'addon kube-proxy',
      'addon coredns',
    ]);
    expect(changes(one)).toEqual([patch]);
  });

  it('sets nothing of a cluster back that has it: it may be of a later release', () => {
    const one = controller(Object.keys(objects));
    expect(one.run('cluster')).toMatchObject({ ok: true });
    expect(phases(one)).toEqual([]);
    expect(changes(one)).toEqual([]);
  });

  it.each(Object.entries(objects))('makes only what is missing: %s', (missing, phase) => {
    const one = controller(Object.keys(objects).filter((name) => name !== missing));
    expect(one.run('cluster')).toMatchObject({ ok: true });
    expect(new Set(phases(one).map((made) => made.replace(/(upload-config) .*/, '$1')))).toEqual(new Set([phase]));
    expect(changes(one)).toEqual(missing === 'deployment coredns' ? [patch] : []);
  });

  it.each(Object.keys(objects))(
    'stops where it can’t be told whether there is %s: an error is not absence',
    (object) => {
      const one = controller(Object.keys(objects));
      const found = one.read('bin/kubectl') ?? '';
      expect(found).toContain(object);
      one.answer(
        'kubectl',
        `case "$*" in *" get ${object} "*) echo 'Unable to connect to the server' >&2; exit 1;; *" get "*) echo there;; esac`,
      );
      const { ok, output } = one.run('cluster');
      expect(ok).toBe(false);
      expect(output).toContain("can't be looked for");
      expect(phases(one)).toEqual([]);
      expect(changes(one)).toEqual([]);
    },
  );

  it('stops where kubeadm fails, and goes on there the next time', () => {
    const one = controller(['configmap kubeadm-config']);
    one.answer('kubeadm', 'case "$*" in *kube-proxy*) exit 1;; esac');
    expect(one.run('cluster').ok).toBe(false);
    expect(phases(one).at(-1)).toBe('addon kube-proxy');
  });

  it('patches CoreDNS also where a boot died between making and patching it', () => {
    const one = controller([]);
    one.answer('kubeadm', 'case "$*" in *coredns*) kill -9 $PPID;; esac');
    expect(one.run('cluster').ok).toBe(false);
    expect(changes(one)).toEqual([]);
    one.answer('kubectl', 'case "$*" in *" get "*) echo there;; esac');
    one.run('cluster');
    one.run('cluster');
    expect(changes(one)).toEqual([patch]);
  });
});

onEachShell('step node', (machine) => {
  /** Controller b, whose Node object has this provider id; `kubelet` is that of one the kubelet makes anew. */
  function controller(provider: string | undefined): ScriptMachine {
    const one = machine('b');
    one.answer('kubeadm', 'exit 0');
    one.write('provider', provider ?? '');
    one.answer(
      'kubectl',
      `case "$*" in
      "get node demo-controller-b --ignore-not-found -o jsonpath={.spec.providerID}") cat ${one.root}/provider;;
      "delete node demo-controller-b") : > ${one.root}/provider;;
      *) exit 1;; esac`,
    );
    one.answer('rc-service', `[ "$*" = "kubelet restart" ] && printf aws:///here/this > ${one.root}/provider`);
    return one;
  }
  const deletions = (one: ScriptMachine) => one.calls('kubectl').filter((call) => call.startsWith('delete'));

  it('takes a node that is this machine’s as it is, and marks it as a controller, once in a boot', () => {
    const one = controller('aws:///here/this');
    expect(one.run('node')).toMatchObject({ ok: true });
    expect(one.run('node')).toMatchObject({ ok: true });
    expect(deletions(one)).toEqual([]);
    expect(one.calls('kubeadm').map((call) => call.split(' ')[2])).toEqual(['kubelet-finalize', 'mark-control-plane']);
  });

  it('deletes the node of the machine before, and has the kubelet register again', () => {
    const one = controller('aws:///eu-central-1b/i-0old');
    const { ok, output } = one.run('node');
    expect(ok).toBe(true);
    expect(output).toContain('deleting node demo-controller-b of aws:///eu-central-1b/i-0old');
    expect(deletions(one)).toEqual(['delete node demo-controller-b']);
    expect(one.calls('rc-service')).toEqual(['kubelet restart']);
  });

  it('has a kubelet register again whose node was deleted under it, as that of the machine before', () => {
    const one = controller(undefined);
    const { ok, output } = one.run('node');
    expect(ok).toBe(true);
    expect(output).toContain('restarting the kubelet: its node demo-controller-b is gone');
    expect(one.calls('rc-service')).toEqual(['kubelet restart']);
  });

  it('marks a node anew that was registered anew', () => {
    const one = controller('aws:///here/this');
    expect(one.run('node')).toMatchObject({ ok: true });
    one.write('provider', '');
    expect(one.run('node')).toMatchObject({ ok: true });
    const marks = one.calls('kubeadm').filter((call) => call.startsWith('init phase mark-control-plane'));
    expect(marks).toHaveLength(2);
  });

  it('waits for the kubelet to register', () => {
    const one = controller(undefined);
    one.answer('rc-service', 'exit 0');
    const { ok, output } = one.run('node');
    expect(ok).toBe(false);
    expect(output).toContain('still waiting for the kubelet to register demo-controller-b');
    expect(one.calls('kubeadm')).toEqual([]);
  });

  it('deletes nothing where it can’t look', () => {
    const one = controller('aws:///eu-central-1b/i-0old');
    one.answer('kubectl', 'case "$1" in get) echo "connection refused" >&2; exit 1;; esac');
    const { ok, output } = one.run('node');
    expect(ok).toBe(false);
    expect(output).toContain("node demo-controller-b can't be looked for");
    expect(deletions(one)).toEqual([]);
  });
});

onEachShell('step api', (machine) => {
  it('waits for its own API server', () => {
    const one = machine('b');
    one.write('etc/kubernetes/admin.conf', 'conf\n');
    const { ok, output } = one.run('api');
    expect(ok).toBe(false);
    expect(output).toContain('still waiting for the API server at 10.0.2.10');
    one.answer('curl', `case "$*" in *" https://10.0.2.10:6443/readyz") exit 0;; esac; exit 22`);
    expect(one.run('api')).toMatchObject({ ok: true });
    expect(one.read('root/.kube/config')).toBe('conf\n');
  });

  it('renews root’s kubeconfig with its certificates', () => {
    const one = machine('b');
    one.answer('curl', 'exit 0');
    one.write('root/.kube/config', 'old\n');
    one.write('etc/kubernetes/admin.conf', 'new\n');
    one.run('api');
    expect(one.read('root/.kube/config')).toBe('new\n');
  });
});
