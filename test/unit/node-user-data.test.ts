// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders that the machine fills in
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { controllerProgram } from '../../infra/node/boot-program.ts';
import { bootSteps, type MachineRole } from '../../infra/node/boot-steps.ts';
import { packInstaller, unpackProgram } from '../../infra/node/installer.ts';
import type { MachineFile } from '../../infra/node/machine-file.ts';
import { controllerTopology, upgradeConfiguration } from '../../infra/node/upgrade.ts';
import { type ReleaseId, releaseIds } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { demoAt } from './node-fixture.ts';
import { contentOf, controller, linesOf, scripts, scriptsOf, textOf, worker } from './user-data-fixture.ts';

describe.each(releaseIds)('user data at %s', (release) => {
  const machines: [MachineRole, () => MachineFile[]][] = [
    ['controller', () => controller(release)],
    ['worker', () => worker(release, 'neuron')],
  ];

  it.each(machines)('of a %s brings the steps of its role, and no other step’s script', (role, files) => {
    const steps = bootSteps[role].map(({ name }) => name);
    expect(linesOf(files(), '/etc/kubezero/steps')).toEqual(steps);
    const program = role === 'controller' ? unpackProgram(controllerProgram().content) : [];
    const others = Object.values(bootSteps)
      .flat()
      .map(({ name }) => name)
      .filter((name) => !(steps as string[]).includes(name));
    const brought = scriptsOf([...files(), ...program]);
    expect(new Set(brought).size).toBe(brought.length);
    expect(brought).toEqual(expect.arrayContaining(['install', 'boot', 'machine.sh', 'credentials.sh', ...steps]));
    expect(brought.filter((name) => (others as string[]).includes(name))).toEqual([]);
  });

  it.each(machines)('of a %s says which machine it is for', (role) => {
    const machine = role === 'controller' ? 'controller demo-controller-b' : 'worker of group neuron';
    expect(textOf(role, release).split('\n')[1]).toContain(`# KubeZero ${release}: ${machine} of cluster demo.`);
  });

  it.each(machines)('of a %s is the same text whenever it is packed', (role, files) => {
    const text = textOf(role, release);
    expect(textOf(role, release)).toBe(text);
    const what = /^# (.*)\. To read it:/m.exec(text)?.[1] ?? '';
    expect(packInstaller(what, files())).toBe(text);
  });

  it.each(machines)('of a %s has the one boot service of its image’s init system', (_role, files) => {
    const services = files()
      .map(({ path }) => path)
      .filter((path) => /^\/etc\/(init\.d|systemd)\//.test(path));
    expect(services).toEqual(
      release === '1.21'
        ? ['/etc/systemd/system/kubezero.service', '/etc/systemd/system/kubelet.service.d/20-kubezero.conf']
        : ['/etc/init.d/kubezero'],
    );
  });

  it.each(machines)('of a %s is shell that parses, in every script', (_role, files) => {
    for (const name of scriptsOf(files())) {
      const script = contentOf(files(), `${scripts}${name}`);
      expect(() => execFileSync('sh', ['-n'], { input: script, stdio: 'pipe' }), name).not.toThrow();
    }
  });

  it('of a controller has the digest of its program, and of that only what every start begins with', () => {
    expect(contentOf(controller(release), '/etc/kubezero/program')).toBe(`${controllerProgram().digest}\n`);
    expect(scriptsOf(controller(release))).toEqual(['install', 'boot', 'log', 'machine.sh', 'requirements', 'program']);
    expect(contentOf(worker(release, 'neuron'), '/etc/kubezero/program')).toBe('');
  });
});

it('packing doesn’t depend on the zlib of the Node.js that runs', () => {
  const sources = readdirSync(join(repositoryRoot, 'infra'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const using = sources.filter((file) =>
    /zlib/.test(readFileSync(join(repositoryRoot, 'infra', file), 'utf8').replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '')),
  );
  expect(using).toEqual([]);
});

describe('files of a controller', () => {
  it('say which machine it is', () => {
    expect(parse(contentOf(controller('1.22'), '/etc/kubezero/templates/node.yaml'))).toMatchObject({
      cluster: 'demo',
      role: 'controller',
      zone: 'eu-central-1b',
      nodeName: 'demo-controller-b',
      etcdVolumeId: 'vol-0123456789abcdef0',
      hostedZoneId: 'Z1',
      issuerLocation: 's3://demo-oidc-111122223333/k8s/demo',
      kubernetesVersion: '1.22.8',
      image: 'zdt-alpine-3.15-kubezero-1.22.8-*',
      highAvailable: true,
      controllers: [
        { zone: 'eu-central-1a', nodeName: 'demo-controller-a' },
        { zone: 'eu-central-1b', nodeName: 'demo-controller-b' },
        { zone: 'eu-central-1c', nodeName: 'demo-controller-c' },
      ],
      taints: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }],
    });
  });

  it.each(releaseIds)('at %s have flat values that scripts can read: neither quotes nor placeholders', (release) => {
    const flat = linesOf(controller(release), '/etc/kubezero/templates/node.yaml').filter((line) =>
      /^\w+: ./.test(line),
    );
    expect(flat.length).toBeGreaterThan(15);
    expect(flat.filter((line) => /: ["'|>]|\$\{/.test(line))).toEqual([]);
  });

  it('limit how fast events may come', () => {
    expect(parse(contentOf(controller('1.22'), '/etc/kubernetes/apiserver/event-config.yaml')).limits).toEqual([
      { type: 'Namespace', qps: 50, burst: 100, cacheSize: 20 },
      { type: 'User', qps: 10, burst: 50, cacheSize: 20 },
    ]);
  });

  it('reserve for etcd what its release did', () => {
    const requests = (release: ReleaseId) =>
      parse(contentOf(controller(release), '/etc/kubernetes/patches/etcd+strategic.yaml')).spec.containers[0].resources
        .requests;
    expect(requests('1.21')).toEqual({ cpu: '200m', memory: '192Mi', 'ephemeral-storage': '1Gi' });
    expect(requests('1.22')).toEqual({ cpu: '200m', memory: '192Mi' });
  });

  it('are executable where they are programs', () => {
    const executables = controller('1.22').filter(({ permissions }) => permissions === '0755');
    expect(executables.map(({ path }) => path.replace(scripts, ''))).toEqual([
      '/etc/init.d/kubezero',
      ...scriptsOf(controller('1.22')),
    ]);
  });

  it('hold no secret: templates are filled in on the machine', () => {
    const templates = controller('1.22').filter(({ path }) => path.startsWith('/etc/kubezero/templates/'));
    expect(templates.map(({ path }) => path)).toEqual([
      '/etc/kubezero/templates/node.yaml',
      '/etc/kubezero/templates/kubeadm.yaml',
    ]);
    expect(contentOf(controller('1.22'), '/etc/kubezero/templates/kubeadm.yaml')).not.toMatch(/BEGIN|PRIVATE/);
  });
});

describe('files of a worker', () => {
  it('run containers as its release’s RuntimeClass says', () => {
    expect(contentOf(worker('1.21', 'general'), '/etc/crio/crio.conf.d/10-kubezero.conf')).toContain(
      'default_runtime = "runc"',
    );
    expect(contentOf(worker('1.22', 'general'), '/etc/crio/crio.conf.d/10-kubezero.conf')).toContain(
      'default_runtime = "crun"',
    );
  });

  it('load the Neuron module on inf1 machines from 1.22 on', () => {
    const modules = (release: ReleaseId, group: string) => linesOf(worker(release, group), '/etc/kubezero/modules');
    expect(modules('1.22', 'neuron')).toContain('neuron');
    expect(modules('1.22', 'general')).not.toContain('neuron');
    expect(modules('1.21', 'neuron')).not.toContain('neuron');
  });

  it('set what kubeadm and the release’s kubelet refuse to start without', () => {
    const sysctls = (release: ReleaseId) => linesOf(worker(release, 'general'), '/etc/kubezero/sysctls');
    expect(sysctls('1.22')).toEqual([
      'net.ipv4.ip_forward=1',
      'net.bridge.bridge-nf-call-iptables=1',
      'net.bridge.bridge-nf-call-ip6tables=1',
    ]);
    // protectKernelDefaults, see node-kubeadm.test.ts
    expect(sysctls('1.21')).toEqual([
      ...sysctls('1.22'),
      'vm.overcommit_memory=1',
      'vm.panic_on_oom=0',
      'kernel.panic=10',
      'kernel.panic_on_oops=1',
      'kernel.keys.root_maxkeys=1000000',
      'kernel.keys.root_maxbytes=25000000',
    ]);
  });

  it('log in to ECR through the kubelet from 1.22 on', () => {
    const path = '/etc/kubernetes/kubelet/credential-provider.yaml';
    expect(parse(contentOf(worker('1.22', 'general'), path)).providers[0].name).toBe('amazon-ecr-credential-helper');
    expect(contentOf(worker('1.21', 'general'), path)).toBe('');
  });
});

describe('the in-place upgrade', () => {
  it('brings a controller the configuration that new machines boot with', () => {
    const { environment, network, release } = demoAt('1.22');
    environment.awsIamAuthenticator.enabled = true;
    const files = upgradeConfiguration(environment, network, release);
    const booted = contentOf(controller('1.22'), '/etc/kubezero/templates/kubeadm.yaml');
    expect(files['kubeadm.yaml'].replaceAll('${ZONE}', 'eu-central-1b')).toBe(booted);
    expect(files['coredns.yaml']).toBe(contentOf(controller('1.22'), '/etc/kubezero/coredns.yaml'));
  });

  it('keeps CoreDNS on the control plane, one pod on each controller', () => {
    const patch = parse(contentOf(controller('1.22'), '/etc/kubezero/coredns.yaml'));
    expect(patch.spec).toMatchObject({
      replicas: 3,
      template: {
        spec: {
          nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }],
            },
          },
        },
      },
    });
  });

  it('counts controllers by their zones', () => {
    const names = { 'eu-central-1c': 'demo-controller-c', 'eu-central-1a': 'demo-controller-a' };
    expect(controllerTopology(names)[0]).toEqual({ zone: 'eu-central-1a', nodeName: 'demo-controller-a' });
  });
});
