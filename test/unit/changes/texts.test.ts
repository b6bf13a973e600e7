import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { textChange } from '../../../automation/engine/changes/texts.ts';
import { controllerProgram } from '../../../infra/node/boot-program.ts';
import { encodeUserData } from '../../../infra/node/encoding.ts';
import { packInstaller } from '../../../infra/node/installer.ts';
import { controllerUserData } from '../../../infra/node/user-data.ts';
import { controllerB, demoAt } from '../node-fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const packed = (text: string) => gzipSync(text).toString('base64');
const script = (version: string) =>
  ['#!/bin/bash', 'set -euo pipefail', 'mkdir -p /etc/kubezero', `version=${version}`, 'exec /usr/bin/boot', ''].join(
    '\n',
  );

describe('what changed inside of a text', () => {
  it('is not looked into where the text is one line: old -> new says it', () => {
    expect(textChange('m5.large', 'm5.xlarge', 'instanceType')).toBeUndefined();
  });

  it('is found in user data, unpacked', () => {
    for (const [pack, decoded] of [
      [base64, ['base64']],
      [packed, ['base64', 'gzip']],
    ] as const) {
      expect(textChange(pack(script('1.21.9')), pack(script('1.22.8')), 'userData')).toEqual({
        format: 'text',
        decoded,
        cosmetic: false,
        lines: [
          '@ line 2',
          ' set -euo pipefail',
          ' mkdir -p /etc/kubezero',
          '-version=1.21.9',
          '+version=1.22.8',
          ' exec /usr/bin/boot',
        ],
      });
    }
  });

  it('is a line of YAML with the keys above it', () => {
    const values = (replicas: number) => `server:\n  ingress:\n    enabled: true\n  pods:\n    replicas: ${replicas}\n`;
    expect(textChange(values(2), values(3), 'data["values.yaml"]')?.lines).toEqual([
      '@ line 3, in server.pods',
      '     enabled: true',
      '   pods:',
      '-    replicas: 2',
      '+    replicas: 3',
    ]);
  });

  it('names the entry of a list that it is in, e.g. the file that cloud-init writes', () => {
    const files = (type: string) =>
      [
        '#cloud-config',
        'write_files:',
        '- path: /etc/hosts',
        '  content: none',
        '- path: /etc/kubezero/node.yaml',
        '  content: |',
        '    node:',
        '      role: worker',
        '      zone: a',
        `      type: ${type}`,
        '',
      ].join('\n');
    expect(textChange(files('m5.large'), files('m5.xlarge'), 'userData')?.lines[0]).toBe(
      '@ line 8, in write_files[path=/etc/kubezero/node.yaml].content.node',
    );
    const list = (port: number) => `ports:\n- name: http\n  port: ${port}\n`;
    expect(textChange(list(80), list(81), 'values')?.lines[0]).toBe('@ line 1, in ports[name=http]');
  });

  it('names the file that user data of our machines writes', () => {
    const owner = { environment: 'demo', machine: 'worker-general' };
    const pack = (...lines: string[]) =>
      encodeUserData(
        packInstaller('KubeZero 1.22: worker of cluster demo', [
          { path: '/etc/kubezero/templates/node.yaml', content: 'role: worker\nlabels:\n  a: b\n' },
          { path: '/usr/local/lib/kubezero/join', content: `${lines.join('\n')}\n`, permissions: '0755' },
        ]),
        owner,
      );
    expect(textChange(pack('set -eu', 'join one'), pack('set -eu', 'join other'), 'userData')).toEqual({
      format: 'yaml',
      decoded: ['base64', 'gzip'],
      cosmetic: false,
      lines: [
        '@ line 8, in files[path=/usr/local/lib/kubezero/join].content',
        '   content: |',
        '     set -eu',
        '-    join one',
        '+    join other',
        '   permissions: "0755"',
      ],
    });
  });

  it('names the script of a controller’s program, and masks nothing of it', () => {
    const { content } = controllerProgram();
    const changed = content.replaceAll('log "making the keys of cluster', 'log "making keys for the cluster');
    expect(textChange(content, changed, 'content')).toMatchObject({
      format: 'yaml',
      decoded: [],
      cosmetic: false,
      lines: [
        expect.stringMatching(/^@ line \d+, in files\[path=\/usr\/local\/lib\/kubezero\/keys\]\.content$/),
        '       if ! whole "$founding"; then',
        '         refuse_others',
        '-        log "making the keys of cluster $CLUSTER"',
        '+        log "making keys for the cluster $CLUSTER"',
        '         mkdir -p "$founding"',
        '         for phase in ca etcd-ca front-proxy-ca; do',
      ],
    });
    const around = content.replace('umask 022', 'umask 002');
    expect(textChange(content, around, 'content')).toMatchObject({
      format: 'text',
      lines: expect.arrayContaining(['-  umask 022', '+  umask 002']),
    });
    const whole = textChange('#!/bin/sh\n', content, 'content')?.lines ?? [];
    expect(whole.length).toBeGreaterThan(500);
    expect(whole.join('\n')).not.toContain('secret]');
  });

  it('shows no secret in a controller’s user data, which has none', () => {
    const cluster = demoAt('1.22');
    cluster.environment.awsIamAuthenticator.enabled = true;
    const of = (etcdVolumeId: string) => base64(controllerUserData(cluster, { ...controllerB, etcdVolumeId }));
    const change = textChange(of('vol-0a'), of('vol-0b'), 'userData');
    expect(change?.lines.filter((line) => /^[-+@]/.test(line))).toEqual([
      expect.stringMatching(/^@ line \d+, in files\[path=\/etc\/kubezero\/templates\/node\.yaml\]\.content$/),
      '-    etcdVolumeId: vol-0a',
      '+    etcdVolumeId: vol-0b',
    ]);
    const before = base64(controllerUserData(demoAt('1.21'), controllerB));
    expect(textChange(before, of('vol-0a'), 'userData')?.lines.join('\n')).not.toContain('secret]');
  });

  it('is cosmetic where YAML says the same in other words', () => {
    expect(textChange('a: 1\nb: [x, y]\n', '# both\nb:\n- x\n- y\na: 1\n', 'data.config')).toMatchObject({
      format: 'yaml',
      cosmetic: true,
    });
  });

  it('is a line of JSON, though that is written in one', () => {
    const policy = (action: string) => JSON.stringify({ Statement: [{ Effect: 'Allow', Action: [action] }] });
    const change = textChange(policy('s3:GetObject'), policy('s3:*'), 'policy');
    expect(change?.format).toBe('json');
    expect(change?.lines.filter((line) => /^[-+]/.test(line))).toEqual(['-        "s3:GetObject"', '+        "s3:*"']);
  });

  it('shows that a secret changed, and nothing of it', () => {
    const config = (password: string) => `users:\n- name: admin\n  password: ${password}\n`;
    const change = textChange(config('hunter2-long-enough'), config('correct-horse-battery'), 'data.config');
    expect(change?.lines.join('\n')).not.toMatch(/hunter2|horse/);
    expect(change?.lines.filter((line) => /^[-+]/.test(line))).toHaveLength(2);
  });

  it('is given up on where nothing is left of the text', () => {
    const lines = (word: string) => Array.from({ length: 30_000 }, (_, i) => `${word} ${i * 7919}`).join('\n');
    expect(textChange(lines('before'), lines('after'), 'data.log')?.lines).toEqual([
      '@ nothing in common: 30000 lines before, 30000 lines after',
    ]);
  });
});
