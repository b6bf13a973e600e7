import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootService } from '../../infra/node/services.ts';
import { releases } from '../../releases/index.ts';

const contentOf = (release: keyof typeof releases, name: string) =>
  bootService(releases[release]!).find(({ path }) => path.endsWith(name))?.content ?? '';

describe('the boot service', () => {
  it('is started again whenever it ends, on OpenRC without a limit', () => {
    const service = contentOf('1.22', 'init.d/kubezero');
    expect(service).toMatch(/^#!\/sbin\/openrc-run\n/);
    for (const line of [
      'supervisor=supervise-daemon',
      'command=/usr/local/lib/kubezero/boot',
      'respawn_max=0',
      '  need net',
    ])
      expect(service.split('\n')).toContain(line);
    execFileSync('sh', ['-n'], { input: service });
  });

  it('is started again whenever it ends, on systemd without a limit', () => {
    const unit = contentOf('1.21', 'kubezero.service');
    expect(unit).toContain('\nExecStart=/usr/local/lib/kubezero/boot\nRestart=always\n');
    expect(unit).toContain('StartLimitIntervalSec=0');
  });

  describe('as systemd reads it', () => {
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'kubezero-units-'));
    });
    afterEach(() => rmSync(directory, { recursive: true, force: true }));
    const verifies = spawnSync('systemd-analyze', ['--version']).status === 0;
    const verify = (unit: string) =>
      spawnSync('systemd-analyze', ['verify', join(directory, unit)], { encoding: 'utf8' }).stderr;

    it.runIf(verifies)('is a sound unit', () => {
      const unit = contentOf('1.21', 'kubezero.service').replace('/usr/local/lib/kubezero/boot', '/bin/sh');
      writeFileSync(join(directory, 'kubezero.service'), unit);
      expect(verify('kubezero.service')).toBe('');
    });

    it.runIf(verifies)('keeps the kubelet from starting before its configuration is written', () => {
      writeFileSync(join(directory, 'kubelet.service'), '[Service]\nExecStart=/bin/sh\n');
      mkdirSync(join(directory, 'kubelet.service.d'));
      const condition = contentOf('1.21', '20-kubezero.conf');
      expect(condition).toBe('[Unit]\nConditionPathExists=/run/kubezero/ready\n');
      writeFileSync(join(directory, 'kubelet.service.d/20-kubezero.conf'), condition);
      expect(verify('kubelet.service')).toBe('');
    });
  });
});
