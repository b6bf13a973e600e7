import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releases } from '../../releases/index.ts';
import type { ApiObject } from '../../sandbox/kubernetes/client.ts';
import { containerBehaviour } from '../../sandbox/real/runtime/behaviour.ts';
import { containerdToml } from '../../sandbox/real/runtime/containerd.ts';
import { registriesConf } from '../../sandbox/real/runtime/crio.ts';
import { MachineEgress } from '../../sandbox/real/runtime/egress.ts';
import { runtimeCommand, runtimePart } from '../../sandbox/real/runtime/files.ts';
import { podNetwork, podSubnet } from '../../sandbox/real/runtime/network.ts';

describe('how a stand-in behaves', () => {
  const pod = (spec: object, metadata: object = {}): ApiObject => ({
    metadata: { name: 'pod', namespace: 'ns', uid: 'u', ...metadata },
    spec,
  });

  it('listens on declared and probed ports, each once in a pod', () => {
    const spec = {
      containers: [
        {
          name: 'plugin',
          ports: [
            { containerPort: 9808, name: 'healthz' },
            { containerPort: 53, protocol: 'UDP' },
          ],
          livenessProbe: { httpGet: { port: 'healthz' } },
          readinessProbe: { httpGet: { port: 8181 } },
        },
        { name: 'probe', ports: [{ containerPort: 9808 }], startupProbe: { tcpSocket: { port: 8080 } } },
      ],
    };
    expect(containerBehaviour(pod(spec), 'plugin')).toEqual({ tcp: [9808, 8181], udp: [53], root: true });
    expect(containerBehaviour(pod(spec), 'probe')).toEqual({ tcp: [8080], udp: [], root: true });
  });

  it('a probed port is another container’s where that one declares it', () => {
    const containers = [
      { name: 'probed', livenessProbe: { httpGet: { port: 80 } } },
      { name: 'server', ports: [{ containerPort: 80 }] },
    ];
    expect(containerBehaviour(pod({ containers }), 'probed').tcp).toEqual([]);
    expect(containerBehaviour(pod({ containers }), 'server').tcp).toEqual([80]);
  });

  it('init containers and pods that aren’t restarted end well', () => {
    const spec = { initContainers: [{ name: 'init' }], containers: [{ name: 'main' }] };
    expect(containerBehaviour(pod(spec), 'init').exit).toBe(0);
    expect(containerBehaviour(pod(spec), 'main').exit).toBeUndefined();
    expect(containerBehaviour(pod({ ...spec, restartPolicy: 'OnFailure' }), 'main').exit).toBe(0);
  });

  it('is root only where nobody says otherwise', () => {
    const root = (podContext: object, context: object) =>
      containerBehaviour(
        pod({ securityContext: podContext, containers: [{ name: 'a', securityContext: context }] }),
        'a',
      ).root;
    expect(root({}, {})).toBe(true);
    expect(root({ runAsUser: 1000 }, {})).toBeUndefined();
    expect(root({}, { runAsNonRoot: true })).toBeUndefined();
  });

  it('writes the network’s configuration where the pod mounts its directory', () => {
    const spec = {
      volumes: [{ name: 'cni-net-dir', hostPath: { path: '/etc/cni/net.d/' } }],
      initContainers: [
        { name: 'install', volumeMounts: [{ name: 'cni-net-dir', mountPath: '/host/etc/cni/net.d' }] },
        { name: 'reads', volumeMounts: [{ name: 'cni-net-dir', mountPath: '/c', readOnly: true }] },
      ],
      containers: [{ name: 'node' }],
    };
    const [file] = containerBehaviour(pod(spec), 'install').files ?? [];
    expect(file?.path).toBe('/host/etc/cni/net.d/10-kubezero-sandbox.conflist');
    expect(containerBehaviour(pod(spec), 'reads').files).toBeUndefined();
  });

  it('does what a fault wants of the pod', () => {
    const faulty = (reason: string) =>
      containerBehaviour(
        pod({ containers: [{ name: 'a' }] }, { annotations: { 'sandbox.kubezero.dev/waiting': reason } }),
        'a',
      );
    expect(faulty('CrashLoopBackOff')).toEqual({ exit: 1 });
    expect(faulty('CreateContainerError')).toEqual({ refused: 'CreateContainerError' });
    expect(containerBehaviour(pod({ containers: [] }), 'a').refused).toMatch('pod ns/pod has no container a');
  });
});

describe('the container runtime', () => {
  const machine = (id: '1.21' | '1.22', crio = false) => ({
    release: releases[id],
    podSubnet: podSubnet(3),
    service: 'http://10.0.0.1:5000',
    program: '/cache/machine-runtime',
    ...(crio ? { crio: { crio: '/opt/crio', conmon: '/usr/bin/conmon', pinns: '/opt/pinns' } } : {}),
  });

  it('containerd listens where user data expects cri-o, with both releases’ handlers', () => {
    const toml = containerdToml(releases['1.22']);
    expect(toml).toContain('address = "/var/run/crio/crio.sock"');
    expect(toml).toContain('default_runtime_name = "crun"');
    for (const { image } of Object.values(releases)) expect(toml).toContain(`runtimes.${image.runtime.handler}]`);
    expect(toml).toContain(`bin_dir = "${releases['1.22'].cni.binDir}"`);
    expect(containerdToml(releases['1.21'])).toContain('sandbox_image = "k8s.gcr.io/pause:3.4.1"');
  });

  it('a machine has its plugins where the release’s image has them, and the program in both runtimes’ places', () => {
    for (const id of ['1.21', '1.22'] as const) {
      const { binds = [], files = [], services } = runtimePart(machine(id));
      const there = binds.map((bind) => bind.there);
      expect(there).toContain(`${releases[id].cni.binDir}/bridge`);
      const program = binds.filter(({ here }) => here === '/cache/machine-runtime').map((bind) => bind.there);
      expect(program).toEqual(['/usr/bin/runc', '/usr/bin/crun']);
      expect(services).toEqual(['crio']);
      const network = files.find(({ path }) => path.endsWith('pods.conflist'));
      expect(JSON.parse(network?.content ?? '')).toEqual(podNetwork('10.244.3.0/24'));
      expect(files.some(({ path }) => path.startsWith('/etc/cni/net.d'))).toBe(false);
    }
  });

  it('nothing of it is a file that user data writes', () => {
    const paths = [machine('1.21'), machine('1.22', true)].flatMap((each) =>
      (runtimePart(each).files ?? []).map(({ path }) => path),
    );
    expect(paths.filter((path) => /crio\.conf\.d|^\/etc\/kubernetes|^\/etc\/kubezero\//.test(path))).toEqual([]);
  });

  it('cri-o runs where there is one, and gets its images from the same place', () => {
    expect(runtimeCommand(machine('1.22', true))[0]).toBe('/usr/bin/crio');
    expect(runtimeCommand(machine('1.22'))).toContain('/etc/containerd/config.toml');
    const conf = registriesConf('http://10.0.0.1:5000');
    expect(conf).toContain('prefix = "k8s.gcr.io"\nlocation = "10.0.0.1:5000/k8s.gcr.io"');
    expect(conf).toContain('prefix = "*.io"');
  });

  it('a machine’s range of pods is a part of the cluster’s', () => {
    expect(podSubnet(0)).toBe('10.244.0.0/24');
    expect(() => podSubnet(255)).toThrow('machine 255');
  });
});

describe('the way from API servers to what is in the cluster', () => {
  let room: string;
  const closing: { close(): unknown }[] = [];
  beforeAll(() => {
    room = mkdtempSync(join(tmpdir(), 'kubezero-egress-'));
  });
  afterAll(() => {
    for (const each of closing) each.close();
    rmSync(room, { recursive: true, force: true });
  });
  const listening = async (server: Server, at: string | number) => {
    closing.push(server);
    await new Promise<void>((resolve) => server.listen(at, () => resolve()));
  };
  /** First line of what a CONNECT is answered with, and what comes behind it. */
  const ask = (socket: string, target: string) =>
    new Promise<string>((resolve, reject) => {
      let said = '';
      const client = connect(socket, () => client.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
      client.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      client.on('end', () => resolve(said)).on('error', reject);
    });

  it('leads to machines themselves, and to services by the proxy that answers for their pods', async () => {
    const kubelet = createServer((socket) => socket.end('kubelet'));
    await listening(kubelet, 0);
    const { port } = kubelet.address() as AddressInfo;
    const services = join(room, 'services.sock');
    await listening(
      createServer((socket) => socket.once('data', (text) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${text}`))),
      services,
    );
    const egress = new MachineEgress({
      directory: room,
      services,
      machine: (address, to) => (address === '10.1.0.11' ? connect(to === 10250 ? port : 1, '127.0.0.1') : undefined),
    });
    closing.push(egress);
    const socket = join(room, 'egress.sock');
    expect(await ask(socket, '10.1.0.11:10250')).toBe('HTTP/1.1 200 OK\r\n\r\nkubelet');
    expect(await ask(socket, '10.1.0.11:1')).toMatch(/^HTTP\/1.1 502 .*ECONNREFUSED/);
    expect(await ask(socket, '10.96.0.7:443')).toMatch('CONNECT 10.96.0.7:443 HTTP/1.1');
  });

  it('stands in an argument and a mount of the API server’s image', () => {
    const egress = new MachineEgress({ directory: room, services: '/nowhere', machine: () => undefined });
    closing.push(egress);
    const { componentArguments, componentMounts } = egress.sources;
    const [mount] = componentMounts?.['kube-apiserver'] ?? [];
    expect(componentArguments?.['kube-apiserver']).toEqual([
      `--egress-selector-config-file=${mount?.destination}/egress.yaml`,
    ]);
    expect(egress.bind).toEqual({ here: room, there: mount?.source, mode: 'rw' });
    expect(readFileSync(join(room, 'egress.yaml'), 'utf8')).toContain(`${mount?.destination}/egress.sock`);
  });
});
