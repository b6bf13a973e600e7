// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell and placeholders are what is tested
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeController } from '../../infra/node/node-description.ts';
import { readScript } from '../../infra/node/user-data.ts';
import { toYaml } from '../../infra/node/yaml.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { controllerB, demoAt } from './node-fixture.ts';

/**
 * The scripts of a machine, run on a directory that stands for its root, with the programs they call played by small
 * scripts that record how they were called and answer as told.
 */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kubezero-scripts-'));
  for (const directory of [
    'bin',
    'usr/local/lib/kubezero',
    'etc/kubezero',
    'etc/kubernetes/pki/etcd',
    'var/lib/etcd',
    'etc/modules-load.d',
  ]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  for (const file of readdirSync(join(repositoryRoot, 'infra/node/scripts'))) {
    const name = file === 'node.sh' ? file : file.replace(/\.sh$/, '');
    const script = readScript(file).replaceAll(
      /(?<=[\s"'=<])\/(etc|usr\/local|var|root|sys|dev\/xvdf|run\/systemd)\b/g,
      `${root}/$1`,
    );
    writeFileSync(join(root, 'usr/local/lib/kubezero', name), script, { mode: 0o755 });
  }
  writeFileSync(join(root, 'etc/kubezero/node.yaml'), toYaml(describeController(demoAt('1.22'), controllerB)));
  writeFileSync(join(root, 'etc/modules-load.d/kubezero.conf'), 'ip_vs\n');
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  for (const name of ['hostname', 'modprobe', 'kubeadm']) answer(name, 'exit 0');
  answer('sleep', 'exit 0');
  answer(
    'curl',
    `case "$*" in *api/token*) echo token;; */local-ipv4) echo 10.0.2.10;; */availability-zone) echo eu-central-1b;; */instance-id) echo i-0b;; esac`,
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Says what a program does when it is called. */
function answer(name: string, body: string): void {
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> ${root}/calls\n${body}\n`);
  chmodSync(path, 0o755);
}

function run(name: string): string {
  return execFileSync('sh', [join(root, 'usr/local/lib/kubezero', name)], {
    env: { PATH: `${join(root, 'bin')}:${process.env.PATH}` },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const calls = (program: string) =>
  (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '')
    .split('\n')
    .filter((line) => line.startsWith(`${program} `))
    .map((line) => line.slice(program.length + 1));

/** The machine's own values, as `configure` notes them. */
const noted = () =>
  Object.fromEntries(
    [...readFileSync(join(root, 'etc/kubezero/instance.env'), 'utf8').matchAll(/^(\w+)='(.*)'$/gm)].map(
      ([, name, value]) => [name, value],
    ),
  );

/** What the other controllers' etcd says of its members. */
function members(...list: string[]): void {
  const lines = list.map((line) => `echo '${line}'`).join('; ');
  answer('etcdctl', `case "$*" in *"endpoint health"*) exit 0;; *"member list"*) ${lines};; esac`);
}
const memberA = 'aaaa, started, demo-controller-a, https://10.0.1.10:2380, https://10.0.1.10:2379, false';
const membership = () =>
  calls('etcdctl')
    .map((call) => /member (?!list).*/.exec(call)?.[0])
    .filter(Boolean);

describe('configure, on a controller', () => {
  /** Instances that are running, and whether the cluster was founded before. */
  function account({ running, founded }: { running: string[]; founded: boolean }): void {
    answer(
      'aws',
      `case "$*" in *describe-instances*) echo ${running.join(' ')};; "s3 ls "*) exit ${founded ? 0 : 1};; esac`,
    );
  }
  const withData = () => mkdirSync(join(root, 'var/lib/etcd/member'));

  it('joins the members there are as a new one', () => {
    account({ running: ['10.0.1.10', '10.0.2.10'], founded: true });
    answer(
      'etcdctl',
      `case "$*" in *"endpoint health"*) exit 0;;
      *"member add"*) touch ${root}/added;;
      *"member list"*) echo '${memberA}'; [ ! -e ${root}/added ] || echo 'bbbb, unstarted, , https://10.0.2.10:2380, , false';; esac`,
    );
    run('configure');
    expect(membership()).toEqual(['member add demo-controller-b --peer-urls https://10.0.2.10:2380']);
    expect(noted()).toMatchObject({
      ADDRESS: '10.0.2.10',
      NODE_NAME: 'demo-controller-b',
      PROVIDER_ID: 'aws:///eu-central-1b/i-0b',
      ETCD_CLUSTER_STATE: 'existing',
      ETCD_INITIAL_CLUSTER: 'demo-controller-a=https://10.0.1.10:2380,demo-controller-b=https://10.0.2.10:2380',
      ETCD_SERVERS: 'https://10.0.2.10:2379,https://10.0.1.10:2379',
    });
  });

  it('goes on with its data under a new address', () => {
    account({ running: ['10.0.1.10', '10.0.2.10'], founded: true });
    withData();
    members(memberA, 'bbbb, started, demo-controller-b, https://10.0.2.77:2380, https://10.0.2.77:2379, false');
    run('configure');
    expect(membership()).toEqual(['member update bbbb --peer-urls https://10.0.2.10:2380']);
    expect(existsSync(join(root, 'var/lib/etcd/member'))).toBe(true);
  });

  it('replaces a member that lost its data', () => {
    account({ running: ['10.0.1.10', '10.0.2.10'], founded: true });
    members(memberA, 'bbbb, started, demo-controller-b, https://10.0.2.10:2380, https://10.0.2.10:2379, false');
    run('configure');
    expect(membership()).toEqual([
      'member remove bbbb',
      'member add demo-controller-b --peer-urls https://10.0.2.10:2380',
    ]);
  });

  it('doesn’t found a second cluster while it sees none: it isn’t the first controller', () => {
    account({ running: [], founded: false });
    members();
    expect(() => run('configure')).toThrow(/gave up on: a running etcd member to join/);
    expect(existsSync(join(root, 'etc/kubezero/instance.env'))).toBe(false);
  });

  describe('that is the first', () => {
    const first = { zone: 'eu-central-1a', nodeName: 'demo-controller-a', etcdVolumeId: 'vol-1' };
    beforeEach(() =>
      writeFileSync(join(root, 'etc/kubezero/node.yaml'), toYaml(describeController(demoAt('1.22'), first))),
    );

    it('founds the cluster, alone', () => {
      account({ running: [], founded: false });
      members();
      run('configure');
      expect(noted()).toMatchObject({
        ETCD_CLUSTER_STATE: 'new',
        ETCD_INITIAL_CLUSTER: 'demo-controller-a=https://10.0.2.10:2380',
        ETCD_SERVERS: 'https://10.0.2.10:2379',
      });
      expect(calls('aws').at(-1)).toBe('s3 cp - s3://demo-backup-111122223333/k8s/demo/etcd-founded');
    });

    it('never founds a cluster that was founded before', () => {
      account({ running: [], founded: true });
      members();
      expect(() => run('configure')).toThrow(/gave up on/);
    });

    it('starts from its data where it is alone', () => {
      account({ running: [], founded: true });
      withData();
      members();
      run('configure');
      expect(noted().ETCD_CLUSTER_STATE).toBe('existing');
    });
  });

  it('fills in the files that were waiting for it, and answers for the API’s name itself', () => {
    account({ running: ['10.0.1.10', '10.0.2.10'], founded: true });
    withData();
    members(memberA, 'bbbb, started, demo-controller-b, https://10.0.2.10:2380, https://10.0.2.10:2379, false');
    writeFileSync(join(root, 'etc/kubernetes/kubeadm.yaml'), 'name: ${NODE_NAME}\nservers: ${ETCD_SERVERS}\n');
    run('configure');
    expect(readFileSync(join(root, 'etc/kubernetes/kubeadm.yaml'), 'utf8')).toBe(
      'name: demo-controller-b\nservers: https://10.0.2.10:2379,https://10.0.1.10:2379\n',
    );
    expect(readFileSync(join(root, 'etc/hosts'), 'utf8')).toContain('10.0.2.10 kube-api.demo.example.com');
  });
});

describe('etcd-volume', () => {
  it('leaves a volume alone that is mounted', () => {
    answer('mountpoint', 'exit 0');
    answer('aws', 'exit 1');
    expect(run('etcd-volume')).toContain('is mounted already');
    expect(calls('aws')).toEqual([]);
  });

  it.each([
    ['was never written to', '\0'.repeat(2_000_000), true],
    ['holds data', `${'\0'.repeat(1000)}xfs${'\0'.repeat(1000)}`, false],
  ])('formats a volume only where it %s', (_case, content, formats) => {
    answer('mountpoint', 'exit 1');
    for (const program of ['mkfs.ext4', 'mount']) answer(program, 'exit 0');
    answer('aws', `case "$*" in *describe-volumes*) echo i-0b;; esac`);
    const device = join(root, 'sys/block/nvme1n1/device');
    mkdirSync(device, { recursive: true });
    writeFileSync(join(device, 'serial'), 'vol0123456789abcdef0\n');
    mkdirSync(join(root, 'dev'));
    writeFileSync(join(root, 'dev/nvme1n1'), content);
    const script = join(root, 'usr/local/lib/kubezero/etcd-volume');
    writeFileSync(
      script,
      readFileSync(script, 'utf8')
        .replace('name=${serial#/sys/block/}', `name=\${serial#${root}/sys/block/}`)
        .replace('/dev/$', `${root}/dev/$`),
    );
    run('etcd-volume');
    expect(calls('mkfs.ext4').length).toBe(formats ? 1 : 0);
    expect(calls('mount')).toEqual([`-o noatime ${root}/dev/nvme1n1 ${root}/var/lib/etcd`]);
  });
});

describe('pki', () => {
  it('doesn’t take an error for an empty bucket: that would make new keys for a running cluster', () => {
    answer('aws', 'exit 255');
    expect(() => run('pki')).toThrow(/cannot read s3:\/\/demo-backup-111122223333\/k8s\/demo\/pki/);
    expect(calls('kubeadm')).toEqual([]);
  });

  it('takes the keys of the cluster from the bucket', () => {
    answer('aws', 'case "$*" in *list-objects-v2*) echo 1;; esac');
    run('pki');
    expect(calls('kubeadm')).toEqual([]);
    expect(calls('aws').at(-1)).toBe(
      `s3 cp --recursive --exclude complete s3://demo-backup-111122223333/k8s/demo/pki ${root}/etc/kubernetes/pki`,
    );
  });
});

describe('api-record', () => {
  /** Running controllers, those whose API server is ready at each look, and what Route 53 was told. */
  function controllers(running: string[], ...looks: string[][]): void {
    answer(
      'aws',
      `case "$*" in *describe-instances*) echo look >> ${root}/looks; printf '${running.join('\\t')}';; esac`,
    );
    const ready = looks.map((addresses, index) => {
      const number = index === looks.length - 1 ? '*' : String(index + 1);
      return `${number}) case "$*" in ${addresses.map((address) => `*//${address}:*`).join('|')}) exit 0;; esac;;`;
    });
    answer('curl', `case $(wc -l < ${root}/looks) in ${ready.join(' ')} esac; exit 22`);
  }
  const published = () =>
    calls('aws')
      .filter((call) => call.startsWith('route53 '))
      .map((call) => JSON.parse(call.slice(call.indexOf('{'))).Changes);
  const addresses = (changes: { ResourceRecordSet: { ResourceRecords: { Value: string }[] } }[]) =>
    changes[0]!.ResourceRecordSet.ResourceRecords.map(({ Value }) => Value);

  it('publishes the controllers whose API server is ready, as a record of external-dns', () => {
    controllers(['10.0.3.10', '10.0.1.10', '10.0.2.10'], ['10.0.1.10', '10.0.2.10']);
    run('api-record');
    expect(published()).toEqual([
      [
        {
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: 'kube-api.demo.example.com',
            Type: 'A',
            TTL: 60,
            ResourceRecords: [{ Value: '10.0.1.10' }, { Value: '10.0.2.10' }],
          },
        },
        {
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: 'kube-api.demo.example.com',
            Type: 'TXT',
            TTL: 300,
            ResourceRecords: [
              {
                Value:
                  '"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/kube-system/kubezero-api"',
              },
            ],
          },
        },
      ],
    ]);
  });

  it('publishes again where another controller became ready meanwhile', () => {
    controllers(['10.0.1.10', '10.0.2.10'], ['10.0.2.10'], ['10.0.1.10', '10.0.2.10']);
    run('api-record');
    expect(published().map(addresses)).toEqual([['10.0.2.10'], ['10.0.1.10', '10.0.2.10']]);
  });

  it('never takes all addresses away', () => {
    controllers(['10.0.1.10'], ['10.9.9.9']);
    expect(() => run('api-record')).toThrow(/gave up on/);
    expect(published()).toEqual([]);
  });
});

describe('coredns', () => {
  it('patches what kubeadm has set back', () => {
    answer('kubectl', 'exit 0');
    run('coredns');
    expect(calls('kubectl')).toEqual([
      `-n kube-system patch deployment coredns --patch-file ${root}/etc/kubezero/coredns.yaml`,
    ]);
  });
});
