import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onEachShell, type ScriptMachine } from './machine.ts';

const volume = 'vol-0bbbbbbbbbbbbbbbb';
const size = 4 * 1024 * 1024;

onEachShell('step volume', (machine) => {
  /** Controller b, whose volume isn't attached yet; `mount` works, and `aws` describes the volume like this. */
  function controller(described = `eu-central-1b\tavailable\tNone\tNone\tdemo`): ScriptMachine {
    const one = machine('b');
    one.answer('mountpoint', `grep -q " $2 " ${one.root}/proc/mounts`);
    one.answer('mount', `echo "$5 $6 ext4 rw 0 0" >> ${one.root}/proc/mounts`);
    one.answer('mkfs.ext4', `printf '\\123\\357' | dd of="$5" bs=1 seek=1080 conv=notrunc 2> /dev/null`);
    one.answer('sync', 'exit 0');
    one.write('proc/mounts', '/dev/nvme0n1p1 / ext4 rw 0 0\n');
    one.aws(
      `"ec2 describe-volumes"*) printf '%s\\n' '${described}'; exit;;\n"ec2 attach-volume"*) ${attach(one)} exit;;`,
    );
    return one;
  }
  const attach = (one: ScriptMachine) =>
    `mkdir -p ${one.root}/sys/block; [ ! -e ${one.root}/waiting ] || mv ${one.root}/waiting ${one.root}/sys/block/nvme1n1;`;

  /** The device of a volume, there now or once it is attached. */
  function device(one: ScriptMachine, content: Buffer = Buffer.alloc(size), at = 'sys/block/nvme1n1'): void {
    one.write('sys/block/nvme0n1/device/serial', 'vol0root\n');
    one.write(join(at, 'device/serial'), `${volume.replace('-', '')} \n`);
    one.write('dev/nvme1n1', content);
  }
  const file = (content: string, offset = 0) => {
    const bytes = Buffer.alloc(size);
    bytes.write(content, offset, 'latin1');
    return bytes;
  };
  const ext4 = () => file('\x53\xef', 1080);
  const mounted = (one: ScriptMachine) => one.read('proc/mounts')?.includes(`/dev/nvme1n1 /var/lib/etcd ext4`);

  function fails(one: ScriptMachine, ...says: string[]): void {
    const { ok, output } = one.run('volume');
    expect(ok).toBe(false);
    for (const text of says) expect(output).toContain(text);
    expect(one.calls('mount')).toEqual([]);
    expect(one.calls('mkfs.ext4')).toEqual([]);
  }

  it('attaches the volume, formats it where it was never used, and mounts it', () => {
    const one = controller();
    device(one, undefined, 'waiting');
    expect(one.run('volume')).toMatchObject({ ok: true });
    expect(one.calls('aws').at(-1)).toBe(
      `ec2 attach-volume --volume-id ${volume} --instance-id i-0b --device /dev/sdf`,
    );
    expect(one.calls('mkfs.ext4')).toHaveLength(1);
    expect(mounted(one)).toBe(true);
    expect(one.has('etc/kubezero/formatting')).toBe(false);
  });

  it('asks AWS for nothing where the volume is attached, as after a reboot', () => {
    const one = controller();
    device(one, ext4());
    expect(one.run('volume')).toMatchObject({ ok: true });
    expect(one.calls('aws')).toEqual([]);
    expect(one.calls('mkfs.ext4')).toEqual([]);
    expect(one.calls('mount')).toHaveLength(1);
    expect(mounted(one)).toBe(true);
  });

  it('leaves a volume alone that is mounted', () => {
    const one = controller();
    device(one, ext4());
    one.run('volume');
    expect(one.run('volume')).toMatchObject({ ok: true });
    expect(one.calls('mount')).toHaveLength(1);
  });

  it('knows it by its serial number among others', () => {
    const one = controller();
    device(one, ext4());
    one.write('sys/block/nvme2n1/device/serial', 'vol0eeeeeeeeeeeeeeee\n');
    one.write('dev/nvme2n1', ext4());
    expect(one.run('volume').ok).toBe(true);
    expect(mounted(one)).toBe(true);
  });

  it('finds it by its device name on instances without NVMe', () => {
    const one = controller();
    one.write('dev/xvdf', ext4());
    expect(one.run('volume')).toMatchObject({ ok: true });
    expect(one.read('proc/mounts')).toContain('/dev/xvdf /var/lib/etcd');
  });

  describe('fails, with nothing mounted and nothing formatted, where the volume', () => {
    it('is in another zone', () => {
      const one = controller('eu-central-1a\tavailable\tNone\tNone\tdemo');
      fails(one, `volume ${volume} is in eu-central-1a, this machine in eu-central-1b`, 'kubezero up');
      expect(one.calls('aws').join()).not.toContain('attach-volume');
    });

    it.each(['other', 'None'])('is of another cluster (%s)', (cluster) => {
      const one = controller(`eu-central-1b\tavailable\tNone\tNone\t${cluster}`);
      fails(one, `volume ${volume} belongs to cluster ${cluster}, this machine to demo: nothing was touched`);
      expect(one.calls('aws').join()).not.toContain('attach-volume');
    });

    it('is still attached to another machine, which it names', () => {
      const one = controller('eu-central-1b\tin-use\ti-0old\tdetaching\tdemo');
      fails(one, `volume ${volume} is detaching at i-0old: waiting for it to be let go`);
      expect(one.calls('aws').join()).not.toContain('attach-volume');
    });

    it('can’t be attached', () => {
      const one = controller();
      const text = 'An error occurred (IncorrectState) when calling the AttachVolume operation: vol is not available';
      one.aws(`"ec2 describe-volumes"*) printf 'eu-central-1b\\tavailable\\tNone\\tNone\\tdemo\\n'; exit;;
        "ec2 attach-volume"*) echo '${text}' >&2; exit 254;;`);
      fails(one, `volume ${volume} can't be attached: ${text}`);
    });

    it('can’t be looked at', () => {
      const one = controller();
      const text = 'An error occurred (InvalidVolume.NotFound) when calling the DescribeVolumes operation: gone';
      one.aws(`"ec2 describe-volumes"*) echo '${text}' >&2; exit 254;;`);
      fails(one, `cannot look at volume ${volume}: ${text}`);
    });

    it('is attached, and its device never appears', () => {
      const one = controller('eu-central-1b\tin-use\ti-0b\tattaching\tdemo');
      fails(one, `still waiting for the device of volume ${volume} to appear`);
      expect(one.calls('aws').join()).not.toContain('attach-volume');
    });

    it.each([
      ['xfs', file('XFSB')],
      ['btrfs', file('_BHRfS_M', 65_600)],
      ['anything in its first megabyte', file('x', 1_048_575)],
    ])('has other data: %s', (_case, content) => {
      const one = controller();
      device(one, content);
      fails(one, `volume ${volume} (/dev/nvme1n1) has data that is no ext4 file system: nothing was touched`);
      expect(readFileSync(join(one.root, 'dev/nvme1n1')).equals(content)).toBe(true);
    });

    it.each([
      ['half', Buffer.alloc(1000)],
      ['nothing', Buffer.alloc(0)],
    ])('can’t be read, only %s: what can’t be seen isn’t blank', (_case, content) => {
      const one = controller();
      device(one, content);
      fails(one, `volume ${volume} (/dev/nvme1n1) can't be read`);
    });
  });

  it('fails where it can’t be mounted', () => {
    const one = controller();
    device(one, ext4());
    one.answer('mount', 'echo "wrong fs type" >&2; exit 32');
    const { ok, output } = one.run('volume');
    expect(ok).toBe(false);
    expect(output).toContain(`can't be mounted: nothing was touched. \`fsck.ext4 -n /dev/nvme1n1\` says what is wrong`);
  });

  it.each([
    [
      'another device is mounted there',
      (one: ScriptMachine) => `/dev/nvme2n1 ${one.root}/var/lib/etcd ext4 rw 0 0\n`,
      '/dev/nvme2n1',
    ],
    ['`mount` says that it worked, and it didn’t', () => '', ''],
  ])('refuses to go on where %s', (_case, mounts, name) => {
    const one = controller();
    device(one, ext4());
    one.answer('mount', 'exit 0');
    one.write('proc/mounts', mounts(one));
    const { ok, output } = one.run('volume');
    expect(ok).toBe(false);
    expect(output).toContain(`/var/lib/etcd is ${name}, not volume ${volume} (/dev/nvme1n1): refusing to go on`);
  });

  describe('where a formatting was cut off', () => {
    it('formats again, on the machine that began it', () => {
      const one = controller();
      device(one);
      one.answer('mkfs.ext4', `printf half | dd of="$5" bs=1 seek=2048 conv=notrunc 2> /dev/null; kill -9 $PPID`);
      expect(one.run('volume').ok).toBe(false);
      one.answer('mkfs.ext4', `printf '\\123\\357' | dd of="$5" bs=1 seek=1080 conv=notrunc 2> /dev/null`);
      expect(one.run('volume')).toMatchObject({ ok: true });
      expect(mounted(one)).toBe(true);
    });

    it('doesn’t format again once there is a file system', () => {
      const one = controller();
      device(one, ext4());
      one.write('etc/kubezero/formatting', `${volume}\n`);
      expect(one.run('volume')).toMatchObject({ ok: true });
      expect(one.calls('mkfs.ext4')).toEqual([]);
      expect(one.has('etc/kubezero/formatting')).toBe(false);
    });

    it('formats no other volume for that', () => {
      const one = controller();
      device(one, file('XFSB'));
      one.write('etc/kubezero/formatting', 'vol-0other\n');
      fails(one, 'nothing was touched');
    });
  });

  it.skipIf(!hasMkfs())('knows the file system that mkfs.ext4 makes', () => {
    const one = controller();
    device(one, Buffer.alloc(8 * 1024 * 1024));
    one.answer('mkfs.ext4', `exec ${mkfs()} "$@"`);
    expect(one.run('volume')).toMatchObject({ ok: true });
    one.write('proc/mounts', '');
    expect(one.run('volume')).toMatchObject({ ok: true });
    expect(one.calls('mkfs.ext4')).toHaveLength(1);
  });

  it('stops the boot program: etcd never starts on the root file system', () => {
    const one = controller();
    one.aws(`"ec2 describe-volumes"*) echo 'An error occurred (RequestLimitExceeded)' >&2; exit 254;;`);
    one.write('etc/kubezero/steps', 'volume\netcd\n');
    one.answer('sleep', 'kill -9 $PPID');
    try {
      execFileSync(join(one.root, 'tools/sh'), [join(one.root, 'usr/local/lib/kubezero/boot')], {
        env: one.environment,
      });
    } catch {
      // It is killed at its first pause.
    }
    expect(one.read('run/kubezero/state')).toContain(`volume 1 cannot look at volume ${volume}`);
    expect(one.calls('kubeadm')).toEqual([]);
  });
});

function mkfs(): string {
  return execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin command -v mkfs.ext4 || true'], {
    encoding: 'utf8',
  }).trim();
}
function hasMkfs(): boolean {
  return mkfs() !== '';
}
