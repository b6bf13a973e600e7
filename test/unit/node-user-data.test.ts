// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders that the machine fills in
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { decodeUserData, encodeUserData, userDataLimit } from '../../infra/node/encoding.ts';
import { controllerTopology, upgradeConfiguration } from '../../infra/node/upgrade.ts';
import { controllerUserData, readScript, workerUserData } from '../../infra/node/user-data.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { controllerB, demoAt } from './node-fixture.ts';

interface CloudConfig {
  write_files: { path: string; content: string; permissions?: string }[];
  runcmd: string[][];
}

function controller(release: ReleaseId): CloudConfig {
  return parse(controllerUserData(demoAt(release), controllerB));
}

function worker(release: ReleaseId, name: string): CloudConfig {
  const cluster = demoAt(release);
  const group = cluster.environment.workers.find((candidate) => candidate.name === name);
  if (!group) throw new Error(`the demo has no group ${name}`);
  return parse(workerUserData(cluster, group));
}

const contentOf = ({ write_files }: CloudConfig, path: string) =>
  write_files.find((file) => file.path === path)?.content ?? '';
const commands = ({ runcmd }: CloudConfig) => runcmd.map((command) => command.join(' '));

describe('user data of a controller', () => {
  it('mounts the etcd volume and fetches the shared keys before anything is made from them', () => {
    expect(commands(controller('1.22'))).toEqual([
      '/usr/local/lib/kubezero/etcd-volume',
      '/usr/local/lib/kubezero/pki',
      '/usr/local/lib/kubezero/configure',
      'kubeadm init phase certs all --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase kubeconfig all --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase etcd local --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase control-plane all --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase kubelet-start --config /etc/kubernetes/kubeadm.yaml',
      '/usr/local/lib/kubezero/wait-for-api',
      '/usr/local/lib/kubezero/register',
      'kubeadm init phase upload-config all --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase bootstrap-token --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase mark-control-plane --config /etc/kubernetes/kubeadm.yaml',
      'kubeadm init phase addon all --config /etc/kubernetes/kubeadm.yaml',
      '/usr/local/lib/kubezero/coredns',
    ]);
  });

  it('names the patches on the command line at 1.21, whose configuration has no place for them', () => {
    const patched = commands(controller('1.21')).filter((command) => command.includes('--experimental-patches'));
    expect(patched.map((command) => command.split(' ').slice(3, 5).join(' '))).toEqual([
      'etcd local',
      'control-plane all',
    ]);
  });

  it('says which machine it is', () => {
    expect(parse(contentOf(controller('1.22'), '/etc/kubezero/node.yaml'))).toMatchObject({
      cluster: 'demo',
      role: 'controller',
      zone: 'eu-central-1b',
      nodeName: 'demo-controller-b',
      etcdVolumeId: 'vol-0123456789abcdef0',
      kubernetesVersion: '1.22.8',
      highAvailable: true,
      controllers: [
        { zone: 'eu-central-1a', nodeName: 'demo-controller-a' },
        { zone: 'eu-central-1b', nodeName: 'demo-controller-b' },
        { zone: 'eu-central-1c', nodeName: 'demo-controller-c' },
      ],
      taints: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }],
    });
  });

  it('limits how fast events may come', () => {
    expect(parse(contentOf(controller('1.22'), '/etc/kubernetes/apiserver/event-config.yaml')).limits).toEqual([
      { type: 'Namespace', qps: 50, burst: 100, cacheSize: 20 },
      { type: 'User', qps: 10, burst: 50, cacheSize: 20 },
    ]);
  });

  it('reserves for etcd what its release did', () => {
    const requests = (release: ReleaseId) =>
      parse(contentOf(controller(release), '/etc/kubernetes/patches/etcd+strategic.yaml')).spec.containers[0].resources
        .requests;
    expect(requests('1.21')).toEqual({ cpu: '200m', memory: '192Mi', 'ephemeral-storage': '1Gi' });
    expect(requests('1.22')).toEqual({ cpu: '200m', memory: '192Mi' });
  });

  it('keeps what may hold secrets from other users of the machine', () => {
    const { write_files } = controller('1.22');
    expect(write_files.find(({ path }) => path.endsWith('kubeadm.yaml'))?.permissions).toBe('0600');
    const executables = write_files.filter(({ path }) => path.startsWith('/usr/local/lib/kubezero/'));
    expect(new Set(executables.map(({ permissions }) => permissions))).toEqual(new Set(['0755']));
  });
});

describe('user data of a worker', () => {
  it('only configures and joins', () => {
    expect(commands(worker('1.22', 'general'))).toEqual([
      '/usr/local/lib/kubezero/configure',
      'kubeadm join --config /etc/kubernetes/join.yaml',
    ]);
  });

  it('runs containers as its release’s RuntimeClass says', () => {
    expect(contentOf(worker('1.21', 'general'), '/etc/crio/crio.conf.d/10-kubezero.conf')).toContain(
      'default_runtime = "runc"',
    );
    expect(contentOf(worker('1.22', 'general'), '/etc/crio/crio.conf.d/10-kubezero.conf')).toContain(
      'default_runtime = "crun"',
    );
  });

  it('loads the Neuron module on inf1 machines from 1.22 on', () => {
    const modules = (release: ReleaseId, group: string) =>
      contentOf(worker(release, group), '/etc/modules-load.d/kubezero.conf').split('\n');
    expect(modules('1.22', 'neuron')).toContain('neuron');
    expect(modules('1.22', 'general')).not.toContain('neuron');
    expect(modules('1.21', 'neuron')).not.toContain('neuron');
  });

  it('logs in to ECR through the kubelet from 1.22 on', () => {
    const path = '/etc/kubernetes/kubelet/credential-provider.yaml';
    expect(parse(contentOf(worker('1.22', 'general'), path)).providers[0].name).toBe('amazon-ecr-credential-helper');
    expect(contentOf(worker('1.21', 'general'), path)).toBe('');
  });
});

describe('what a launch template carries', () => {
  it.each(['1.21', '1.22'] as const)('at %s fits into what EC2 takes, and is the same text again', (release) => {
    const text = controllerUserData(demoAt(release), controllerB);
    const encoded = encodeUserData(text);
    expect(Buffer.from(encoded, 'base64').length).toBeLessThan(userDataLimit);
    expect(decodeUserData(encoded)).toBe(text);
  });

  it('is plain where it is small', () => {
    expect(Buffer.from(encodeUserData('#cloud-config\n'), 'base64').toString()).toBe('#cloud-config\n');
  });

  it('doesn’t name the machine that compressed it', () => {
    expect(Buffer.from(encodeUserData('x'.repeat(userDataLimit + 1)), 'base64')[9]).toBe(255);
  });

  it('that can’t be made to fit is refused', () => {
    const noise = Array.from({ length: 40_000 }, (_, index) =>
      String.fromCharCode(33 + ((index * index * 7919) % 94)),
    ).join('');
    expect(() => encodeUserData(noise)).toThrow(/EC2 takes 16384/);
  });
});

describe('the in-place upgrade', () => {
  it('brings a controller the configuration that new machines boot with', () => {
    const { environment, network, release } = demoAt('1.22');
    const files = upgradeConfiguration(environment, network, release);
    const booted = contentOf(controller('1.22'), '/etc/kubernetes/kubeadm.yaml');
    expect(files['kubeadm.yaml'].replaceAll('${ZONE}', 'eu-central-1b')).toBe(booted);
    expect(parse(files['node.yaml'])).toMatchObject({
      kubernetesVersion: '1.22.8',
      nodeName: '${NODE_NAME}',
      zone: '${ZONE}',
      etcdVolumeId: '${ETCD_VOLUME_ID}',
    });
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

describe('scripts of machines', () => {
  const names = readdirSync(join(repositoryRoot, 'infra/node/scripts'));

  it.each(names)('%s is POSIX shell', (name) => {
    execFileSync('sh', ['-n', join(repositoryRoot, 'infra/node/scripts', name)]);
    expect(readScript(name)).toMatch(/^#!\/bin\/sh\n# /);
  });

  it.each(names.filter((name) => name !== 'node.sh'))('%s stops at the first error', (name) => {
    expect(readScript(name)).toContain('. /usr/local/lib/kubezero/node.sh');
    expect(readScript('node.sh')).toContain('\nset -eu\n');
  });

  it('travel without comments', () => {
    const travelled = contentOf(controller('1.22'), '/usr/local/lib/kubezero/pki');
    expect(travelled.split('\n').filter((line) => line.trim().startsWith('#'))).toEqual(['#!/bin/sh']);
  });
});
