import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

onEachShell('step join', (machine) => {
  /** A worker, and what the controllers published. */
  function worker(): ScriptMachine {
    const one = machine('worker');
    one.answer('rc-service', 'exit 0');
    one.answer('crictl', 'exit 0');
    // As kubeadm does: it refuses where these are.
    one.answer(
      'kubeadm',
      `for file in pki/ca.crt kubelet.conf bootstrap-kubelet.conf; do
        [ ! -e ${one.root}/etc/kubernetes/$file ] || { echo "[ERROR FileAvailable--etc-kubernetes-$file]" >&2; exit 1; }
      done
      mkdir -p ${one.root}/etc/kubernetes/pki
      echo ca > ${one.root}/etc/kubernetes/pki/ca.crt; echo conf > ${one.root}/etc/kubernetes/kubelet.conf
      cp ${one.root}/etc/kubernetes/join.yaml ${one.root}/etc/kubernetes/discovery.yaml ${one.root}/`,
    );
    one.store('pki/ca.crt', 'CERTIFICATE\n');
    one.store('join-token', 'abcdef.0123456789abcdef\n');
    return one;
  }

  it('joins with the CA and the token that controllers published', () => {
    const one = worker();
    expect(one.run('join')).toMatchObject({ ok: true });
    expect(one.calls('kubeadm')).toEqual(['join --config /etc/kubernetes/join.yaml']);
    expect(parse(one.read('discovery.yaml') ?? '')).toMatchObject({
      clusters: [
        {
          cluster: {
            server: 'https://kube-api.demo.example.com:6443',
            'certificate-authority-data': Buffer.from('CERTIFICATE\n').toString('base64'),
          },
        },
      ],
    });
    expect(one.read('join.yaml')).toContain('abcdef.0123456789abcdef');
    expect(one.read('join.yaml')).toContain('ip-10-0-9-9');
    expect(one.read('join.yaml')).not.toContain('${');
  });

  it('leaves nothing of the token on the machine', () => {
    const one = worker();
    one.run('join');
    expect(one.list('etc/kubernetes').filter((name) => /join|discovery/.test(name))).toEqual([]);
    expect(one.has('run/kubezero/join-token')).toBe(false);
  });

  it('restarts the container runtime before the kubelet can start', () => {
    const one = worker();
    one.run('join');
    const calls = (one.read('calls') ?? '').split('\n').filter((line) => /^(rc-service|kubeadm)/.test(line));
    expect(calls).toEqual([
      'rc-service kubelet stop',
      'rc-service crio restart',
      'kubeadm join --config /etc/kubernetes/join.yaml',
    ]);
  });

  it('doesn’t join again at a later boot, and asks nobody', () => {
    const one = worker();
    one.run('join');
    one.remove('run/kubezero');
    one.facts({ NODE_NAME: 'ip-10-0-9-9', ADDRESS: '10.0.9.10' });
    const asked = one.calls('aws').length;
    expect(one.run('join')).toMatchObject({ ok: true });
    expect(one.calls('kubeadm')).toHaveLength(1);
    expect(one.calls('aws')).toHaveLength(asked);
    expect(one.read('etc/kubernetes/kubelet.conf')).toBe('conf\n');
  });

  it('joins where a join was cut off: what that left would stop kubeadm', () => {
    const one = worker();
    one.write('etc/kubernetes/pki/ca.crt', 'ca\n');
    one.write('etc/kubernetes/kubelet.conf', 'conf\n');
    one.write('etc/kubernetes/bootstrap-kubelet.conf', 'conf\n');
    expect(one.run('join')).toMatchObject({ ok: true });
    expect(one.has('etc/kubezero/joined')).toBe(true);
  });

  it('waits for the controllers to publish', () => {
    const one = worker();
    one.remove('s3');
    const { ok, output } = one.run('join');
    expect(ok).toBe(false);
    expect(output).toContain(
      'still waiting for the controllers to publish s3://demo-backup-111122223333/k8s/demo/pki/ca.crt and join-token',
    );
    expect(one.calls('kubeadm')).toEqual([]);
    expect(one.has('run/kubezero/ready')).toBe(false);
  });

  it.each(['pki/ca.crt', 'join-token'])('says at once why %s can’t be read', (key) => {
    const one = worker();
    one.fault('get-object', cliSays.denied, `*/${key}`);
    const { ok, output } = one.run('join');
    expect(ok).toBe(false);
    expect(output).toContain(`cannot read s3://demo-backup-111122223333/k8s/demo/${key}: `);
    expect(one.calls('sleep')).toEqual([]);
  });

  it('isn’t joined where kubeadm fails: the next try asks for what is published then', () => {
    const one = worker();
    one.answer('kubeadm', 'echo "token id invalid" >&2; exit 1');
    const { ok, output } = one.run('join');
    expect(ok).toBe(false);
    expect(output).toContain('kubeadm join failed, see above');
    expect(one.has('etc/kubezero/joined')).toBe(false);
  });
});
