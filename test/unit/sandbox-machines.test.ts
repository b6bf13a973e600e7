import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Localization, localArgument, loopbackOf } from '../../sandbox/machines/addresses.ts';
import { sizeOf } from '../../sandbox/machines/instance-types.ts';
import { nodeRegistration, withCertificateNames } from '../../sandbox/machines/kubeadm.ts';
import { planMembership } from '../../sandbox/machines/membership.ts';
import { fillPlaceholders, parseNodeConfig } from '../../sandbox/machines/node-config.ts';
import { localCommand, parseStaticPod } from '../../sandbox/machines/static-pods.ts';
import { idsOfData, readIds } from '../../sandbox/machines/wal.ts';
import { controller, membershipCases } from './membership-cases.ts';
import { wals } from './node-scripts/etcd-data.ts';

const localization: Localization = {
  own: '127.2.1.10',
  named: '127.2.255.10',
  addresses: new Map([
    ['10.0.1.10', '127.2.1.10'],
    ['10.0.2.11', '127.2.2.11'],
    ['a.demo.example.com', '127.2.255.10'],
    ['b.demo.example.com', '127.2.255.11'],
  ]),
  directories: [
    ['/var/lib/etcd', '/volumes/vol-1'],
    ['/', '/roots/i-1'],
  ],
};
const local = (argument: string) => localArgument(argument, localization);

describe('a machine’s configuration', () => {
  test('says what node a machine becomes', () => {
    const text =
      'cluster: demo\nrole: worker\nzone: ${ZONE}\nkubernetesVersion: v1.22.8\napiEndpoint: a:6443\nregion: r\n';
    expect(parseNodeConfig(fillPlaceholders(text, { ZONE: 'r-a' }))).toMatchObject({
      role: 'worker',
      zone: 'r-a',
      kubernetesVersion: '1.22.8',
      controllers: [],
    });
    expect(() => parseNodeConfig('cluster: demo\n')).toThrow('/etc/kubezero/node.yaml: role is missing');
  });

  test('keeps placeholders that nothing is known for', () => {
    expect(fillPlaceholders('${A} ${B}', { A: '1' })).toBe('1 ${B}');
  });

  test('gets the loopback address into the certificates, beside the names that are there', () => {
    const config =
      'kind: InitConfiguration\n---\nkind: ClusterConfiguration\napiServer: {certSANs: [api]}\netcd: {local: {dataDir: /x}}\n';
    const [init, cluster] = parseAllDocuments(withCertificateNames(config, ['127.2.1.10'])).map((document) =>
      document.toJS(),
    );
    expect(init).toEqual({ kind: 'InitConfiguration' });
    expect(cluster).toEqual({
      kind: 'ClusterConfiguration',
      apiServer: { certSANs: ['api', '127.2.1.10'] },
      etcd: { local: { dataDir: '/x', serverCertSANs: ['127.2.1.10'], peerCertSANs: ['127.2.1.10'] } },
    });
  });

  test('registers a node with the labels and taints of its kubeadm configuration', () => {
    const join =
      'kind: JoinConfiguration\nnodeRegistration:\n  kubeletExtraArgs: {node-labels: "a=b"}\n  taints: [{key: k, effect: NoSchedule}]\n';
    expect(nodeRegistration(join)).toEqual({
      flags: { 'node-labels': 'a=b' },
      taints: [{ key: 'k', effect: 'NoSchedule' }],
    });
  });
});

describe('arguments of control plane processes', () => {
  test('an instance has the loopback address of the same tail', () => {
    expect(loopbackOf('10.0.3.17', 42)).toBe('127.42.3.17');
  });

  test.each([
    ['--advertise-address=10.0.1.10', '--advertise-address=10.0.1.10'],
    ['--bind-address=10.0.1.10', '--bind-address=127.2.1.10'],
    ['--bind-address=127.0.0.1', '--bind-address=127.2.1.10'],
    ['--listen-metrics-urls=http://0.0.0.0:2381', '--listen-metrics-urls=http://127.2.1.10:2381'],
    [
      '--etcd-servers=https://10.0.1.10:2379,https://10.0.2.11:2379',
      '--etcd-servers=https://127.2.1.10:2379,https://127.2.2.11:2379',
    ],
    [
      '--listen-client-urls=https://127.0.0.1:2379,https://10.0.1.10:2379',
      '--listen-client-urls=https://127.2.1.10:2379,https://127.2.255.10:2379',
    ],
    [
      '--listen-peer-urls=https://10.0.1.10:2380',
      '--listen-peer-urls=https://127.2.1.10:2380,https://127.2.255.10:2380',
    ],
    ['--advertise-client-urls=https://a.demo.example.com:2379', '--advertise-client-urls=https://127.2.255.10:2379'],
    [
      '--initial-cluster=a=https://a.demo.example.com:2380,b=https://b.demo.example.com:2380',
      '--initial-cluster=a=https://127.2.255.10:2380,b=https://127.2.255.11:2380',
    ],
    [
      '--initial-cluster=a=https://10.0.1.10:2380,b=https://10.0.2.11:2380',
      '--initial-cluster=a=https://127.2.1.10:2380,b=https://127.2.2.11:2380',
    ],
    ['--service-cluster-ip-range=10.96.0.0/12', '--service-cluster-ip-range=10.96.0.0/12'],
    ['--cluster-cidr=10.0.1.10/16', '--cluster-cidr=10.0.1.10/16'],
    ['--service-account-issuer=https://s3.eu.example.com/b', '--service-account-issuer=https://s3.eu.example.com/b'],
    ['--client-ca-file=/etc/kubernetes/pki/ca.crt', '--client-ca-file=/roots/i-1/etc/kubernetes/pki/ca.crt'],
    ['--data-dir=/var/lib/etcd', '--data-dir=/volumes/vol-1'],
    ['--name=demo-controller-a', '--name=demo-controller-a'],
  ])('%s', (argument, expected) => {
    expect(local(argument)).toBe(expected);
  });

  test('a flag that the sandbox sets replaces the configured one', () => {
    const pod = parseStaticPod(
      JSON.stringify({
        metadata: { name: 'kube-apiserver' },
        spec: {
          containers: [
            {
              image: 'k8s.gcr.io/kube-apiserver:v1.22.8',
              command: ['kube-apiserver', '--secure-port=6443', '--egress-selector-config-file=/x'],
              readinessProbe: { httpGet: { host: '10.0.1.10', path: '/readyz', port: 6443, scheme: 'HTTPS' } },
              livenessProbe: { httpGet: { path: '/livez', port: 1 } },
            },
          ],
        },
      }),
    );
    expect(pod).toMatchObject({
      component: 'kube-apiserver',
      version: '1.22.8',
      probe: { scheme: 'https', host: '10.0.1.10', port: 6443, path: '/readyz' },
    });
    expect(localCommand(pod, localization, { 'egress-selector-config-file': '/egress.yaml' })).toEqual([
      '--secure-port=6443',
      '--egress-selector-config-file=/egress.yaml',
    ]);
  });
});

describe('etcd membership', () => {
  test.each(membershipCases)('$name', ({ facts, plan }) => {
    expect(planMembership({ ...controller, ...facts })).toEqual(plan);
  });

  test('a volume without etcd data belongs to nobody', () => {
    expect(idsOfData('/nonexistent')).toBeUndefined();
  });

  test('a log to which nothing was written but its head belongs to nobody', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kubezero-wal-'));
    try {
      const wal = join(directory, 'member/wal');
      mkdirSync(wal, { recursive: true });
      const head = Buffer.from(wals['3.5.21'].head.replaceAll(/\s/g, ''), 'hex');
      const file = join(wal, '0000000000000000-0000000000000000.wal');
      writeFileSync(file, head);
      expect(idsOfData(directory)).toEqual({ cluster: wals['3.5.21'].cluster, member: wals['3.5.21'].member });
      writeFileSync(file, Buffer.concat([head.subarray(0, 80), Buffer.alloc(4096)]));
      expect(idsOfData(directory)).toBeUndefined();
      // One that went on where another was full.
      renameSync(file, join(wal, '0000000000000002-00000000000186a0.wal'));
      expect(idsOfData(directory)).toEqual({ cluster: wals['3.5.21'].cluster, member: wals['3.5.21'].member });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('a write-ahead log says whose it is', () => {
    // The head of one that etcd 3.5.21 wrote.
    const wal = Buffer.from(
      '040000000000008408041000000000002000000000000000080110bcf99ccf011a1608fecb8e9ad0' +
        '9795c4a50110c3a1cb86bbeaecc19e010e00000000000082080510e4e2dbf603',
      'hex',
    );
    expect(readIds(wal)).toEqual({ cluster: '9e83b353b0d2d0c3', member: 'a58854bd0343a5fe' });
    expect(() => readIds(wal.subarray(0, 16))).toThrow('doesn’t begin with metadata');
  });
});

test.each([
  ['m5.large', { cpus: 2, gib: 8 }],
  ['c5.2xlarge', { cpus: 8, gib: 16 }],
  ['t3a.medium', { cpus: 2, gib: 4 }],
  ['inf1.xlarge', { cpus: 4, gib: 8 }],
  ['r6g.4xlarge', { cpus: 16, gib: 128 }],
  ['x', { cpus: 2, gib: 8 }],
])('an instance of type %s has the size it has on AWS', (type, size) => {
  expect(sizeOf(type)).toEqual(size);
});
