import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';
import { RealMachines } from '../../sandbox/real/machines.ts';
import { leftovers, missing, region } from './hardware.ts';

const number = 242;

describe.skipIf(missing.length > 0)('what a sandbox that was killed has left', () => {
  it('is swept by the next one with its number', async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'kubezero-machines-')));
    const script = join(repositoryRoot, 'test/machines/killed-sandbox.ts');
    const killed = spawn('node', ['--import', 'tsx', script, String(number), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      killed.stdout.on('data', (text: Buffer) => text.includes('ready') && resolve());
      killed.once('exit', () => reject(new Error('it ended')));
    });
    killed.kill('SIGKILL');
    const left = await leftovers(number, directory);
    expect(left).toContain(`kz${number}-vpc`);
    expect(left).toContain('/sys/fs/cgroup/memory/kz');
    expect(left).toContain('/dev/loop');
    const next = new RealMachines({
      number,
      region,
      instances: join(directory, 'instances'),
      volumes: join(directory, 'next'),
      aws: () => 'http://127.0.0.1:1',
      addressesOf: () => [],
      parts: () => [],
      log: () => undefined,
    });
    await next.start();
    expect(await leftovers(number, directory)).not.toMatch(/cgroup|loop/);
    await next.stop();
    rmSync(directory, { recursive: true, force: true });
    expect(await leftovers(number, directory)).toBe('');
  }, 60_000);
});
