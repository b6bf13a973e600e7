import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { onEachShell, type ScriptMachine } from './machine.ts';

onEachShell('the boot program', (machine) => {
  /**
   * A machine with these steps, each a piece of shell. Its pauses pass at once, and before the one after so many it ends:
   * the program itself never does.
   */
  function boot(steps: Record<string, string>, pauses = 1): ScriptMachine {
    const one = machine('a');
    one.write(
      'etc/kubezero/steps',
      Object.keys(steps)
        .map((name) => `${name}\n`)
        .join(''),
    );
    for (const [name, body] of Object.entries(steps)) {
      one.write(
        `usr/local/lib/kubezero/${name}`,
        `echo "${name}" >> ${one.root}/ran\n. ${one.root}/usr/local/lib/kubezero/machine.sh\n${body}\n`,
      );
    }
    one.answer(
      'sleep',
      `cat ${one.root}/run/kubezero/state >> ${one.root}/states
      [ "$(grep -c '^sleep ' ${one.root}/calls)" -le ${pauses} ] || kill -9 $PPID`,
    );
    spawnSync(join(one.root, 'tools/sh'), [join(one.root, 'usr/local/lib/kubezero/boot')], {
      env: one.environment,
      timeout: 30_000,
    });
    return one;
  }
  const ran = (one: ScriptMachine) => one.read('ran')?.trim().split('\n');
  /** The state at each pause. */
  const states = (one: ScriptMachine) => one.read('states')?.trim().split(/ ?\n/);

  it('runs the steps in their order, says that it runs, and runs them again every hour', () => {
    const one = boot({ volume: ':', etcd: ':', kubelet: ':' });
    expect(ran(one)).toEqual(['volume', 'etcd', 'kubelet', 'volume', 'etcd', 'kubelet']);
    expect(states(one)).toEqual(['running', 'running']);
    for (const pause of one.calls('sleep').map(Number)) {
      expect(pause).toBeGreaterThanOrEqual(2400);
      expect(pause).toBeLessThanOrEqual(4800);
    }
  });

  it('stops at a step that fails: no step after it runs, and none as if it had passed', () => {
    const one = boot({ volume: 'fail "volume vol-1 is in use at i-1"', etcd: ':', kubelet: ':' });
    expect(ran(one)).toEqual(['volume', 'volume']);
    expect(states(one)).toEqual(['volume 1 volume vol-1 is in use at i-1', 'volume 2 volume vol-1 is in use at i-1']);
  });

  it('stops at a command that fails in the middle of a step', () => {
    const one = boot({ volume: 'false\ntouch /nowhere/at/all', etcd: ':' }, 0);
    expect(ran(one)).toEqual(['volume']);
  });

  it('begins again at the first step: what was true before may not be any more', () => {
    const one = boot({ volume: ':', etcd: `[ -e "$RUN/second" ] || { : > "$RUN/second"; exit 1; }`, kubelet: ':' });
    expect(ran(one)).toEqual(['volume', 'etcd', 'volume', 'etcd', 'kubelet']);
    expect(states(one)).toEqual(['etcd 1', 'running']);
  });

  it('takes a step that was killed for one that failed, and doesn’t say of it what another said', () => {
    const one = boot({ volume: 'log "mounted"', etcd: 'kill -9 $$', kubelet: ':' }, 0);
    expect(ran(one)).toEqual(['volume', 'etcd']);
    expect(states(one)).toEqual([expect.stringMatching(/^etcd 1(?!.*mounted)/)]);
  });

  it('takes a step that isn’t there for one that failed', () => {
    const one = machine('a');
    one.write('etc/kubezero/steps', 'none\n');
    one.answer('sleep', 'kill -9 $PPID');
    spawnSync(join(one.root, 'tools/sh'), [join(one.root, 'usr/local/lib/kubezero/boot')], { env: one.environment });
    expect(one.read('run/kubezero/state')).toMatch(/^none 1 /);
  });

  it('never gives up: it waits longer each time, up to a minute, and never the same as others', () => {
    const one = boot({ volume: 'exit 1' }, 8);
    expect(states(one)?.at(-1)).toBe('volume 9');
    one.calls('sleep').forEach((pause, index) => {
      const most = Math.min(60, 2 ** (index + 1));
      expect(Number(pause)).toBeGreaterThanOrEqual(most / 2);
      expect(Number(pause)).toBeLessThanOrEqual(most);
    });
  });

  it('says which step runs, until all have passed once', () => {
    const look = (name: string) => `cat "$RUN/state" >> ${'$'}RUN/seen; : ${name}`;
    const one = boot({ volume: look('volume'), etcd: look('etcd') });
    expect(one.read('run/kubezero/seen')).toBe('volume 1\netcd 1\nrunning\nrunning\n');
  });

  it('keeps its log, and the bucket has it after each pass, failed or not', () => {
    const one = boot({ volume: 'fail "no such volume"' }, 0);
    expect(one.read('var/log/kubezero/boot.log')).toContain('kubezero volume: no such volume');
    expect(one.stored('boot-log/demo-controller-a/i-0a.log')).toContain('kubezero volume: no such volume');
  });

  it('goes on where the bucket doesn’t take its log', () => {
    const one = machine('a');
    one.write('var/log/kubezero/boot.log', 'a line\n');
    one.fault('put-object', 'An error occurred (AccessDenied) when calling the PutObject operation: Access Denied');
    expect(one.run('log').output).toContain('cannot write s3://demo-backup-111122223333/k8s/demo/boot-log/');
  });

  it('reads nothing from the list of steps in a step', () => {
    const one = boot({ volume: 'cat > /dev/null', etcd: ':' }, 0);
    expect(ran(one)).toEqual(['volume', 'etcd']);
  });
});
