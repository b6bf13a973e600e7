import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealMachines } from '../../sandbox/real/machines.ts';
import { leftovers, machineOf, missing, region } from './hardware.ts';

/** Numbers that sandboxes only get when 239 others run. */
const number = 241;
const ids = { alpine: 'i-0a1b2c3d4e5f60718', ubuntu: 'i-0b1b2c3d4e5f60718' };
const volume = { volumeId: 'vol-0123456789abcdef0', size: 1, device: '/dev/sdf' };

// A service that is enabled and started by user data, on the first boot and by itself on later ones.
const userData = `#!/bin/sh
set -eu
echo "executed as $0 with $# arguments" >> /executed
cat > /usr/local/bin/counted <<'END'
#!/bin/sh
mkdir -p /run/kubezero
echo start >> /starts
echo $$ > /run/counted.pid
echo "volume 2 waiting" > /run/kubezero/state
exec sleep 1000
END
chmod 755 /usr/local/bin/counted
if command -v rc-update > /dev/null; then
  printf '#!/sbin/openrc-run\\nsupervisor=supervise-daemon\\ncommand=/usr/local/bin/counted\\nrespawn_delay=1\\nrespawn_max=0\\ndepend() {\\n  need net\\n}\\n' > /etc/init.d/counted
  chmod 755 /etc/init.d/counted
  rc-update -q add counted default
  rc-service counted start
else
  printf '[Service]\\nExecStart=/usr/local/bin/counted\\nRestart=always\\nRestartSec=1\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/counted.service
  systemctl daemon-reload
  systemctl enable counted
  systemctl --no-block start counted
fi
# Bytes that an unfaithful copy would change: \\t é $HOME \`\`\u0020
`;

describe.skipIf(missing.length > 0)('machines in namespaces of this host', () => {
  let directory: string;
  let aws: Server;
  let machines: RealMachines;
  const asked: string[] = [];

  beforeAll(async () => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'kubezero-machines-')));
    aws = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('aws');
    });
    await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
    machines = new RealMachines({
      number,
      region,
      instances: join(directory, 'instances'),
      volumes: join(directory, 'volumes'),
      aws: () => `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      addressesOf: (name) => (name === 'api.demo.example.com' ? ['10.11.1.10', '10.11.2.10'] : []),
      parts: () => [{ files: [kubelet] }],
      log: () => undefined,
    });
    await machines.start();
    await Promise.all([
      machines.boot(machineOf('1.22', { instanceId: ids.alpine, privateIp: '10.11.1.10', zone: 'a', userData })),
      machines.boot(machineOf('1.21', { instanceId: ids.ubuntu, privateIp: '10.11.2.10', zone: 'b', userData })),
    ]);
  }, 60_000);

  afterAll(async () => {
    await machines?.stop();
    aws?.close();
    if (directory) rmSync(directory, { recursive: true, force: true });
    expect(await leftovers(number, directory)).toEqual('');
  }, 60_000);

  const out = async (id: string, command: string): Promise<string> => {
    const { stdout, stderr } = await machines.getMachine(id).exec(['sh', '-c', command]);
    return (stdout + stderr).trim();
  };

  describe.each([
    ['1.22: busybox and OpenRC', ids.alpine],
    ['1.21: Debian userland and systemd', ids.ubuntu],
  ])('%s', (_title, id) => {
    it('executes the user data, byte for byte, and runs what that enables', async () => {
      await expect.poll(() => out(id, 'cat /starts'), { timeout: 20_000 }).toBe('start');
      expect(await out(id, 'cat /executed')).toMatch(/^executed as \S+ with 0 arguments$/);
      expect(await out(id, 'cat /var/lib/cloud/instances/*/user-data.txt')).toBe(userData.trim());
      expect(machines.getMachine(id).console()).toContain('user data ended with 0');
      expect(machines.getMachine(id).state).toBe('volume 2 waiting');
    });

    it('starts a service again that dies', async () => {
      await out(id, 'kill -9 $(cat /run/counted.pid)');
      await expect.poll(() => out(id, 'cat /starts'), { timeout: 20_000 }).toBe('start\nstart');
    });

    it('starts the kubelet as the image has it, with what kubeadm found out', async () => {
      await out(
        id,
        'mkdir -p /var/lib/kubelet; echo KUBELET_KUBEADM_ARGS=\\"--node-ip=10.0.0.1 --v=2\\" > /var/lib/kubelet/kubeadm-flags.env',
      );
      await out(
        id,
        'if command -v rc-service > /dev/null; then rc-service kubelet restart; else systemctl restart kubelet; fi',
      );
      await expect
        .poll(() => out(id, 'cat /kubelet'))
        .toMatch(
          /^--bootstrap-kubeconfig=\S+ --kubeconfig=\S+ --config=\/var\/lib\/kubelet\/config.yaml --node-ip=10.0.0.1 --v=2$/,
        );
    });

    it('is a machine of its own: name, processes, network, cgroups', async () => {
      const { address } = machines.getMachine(id);
      expect(await out(id, 'hostname')).toBe(`ip-${address.replaceAll('.', '-')}`);
      expect(await out(id, 'ls /proc | grep -cE "^[0-9]+$"').then(Number)).toBeLessThan(30);
      expect(await out(id, 'ip -4 -o addr show eth0')).toContain(` ${address}/24 `);
      expect(await out(id, 'cut -d: -f3 /proc/self/cgroup | grep -v "^/$" | sort -u')).toBe('');
      expect(await out(id, 'cat /proc/swaps | wc -l')).toBe('1');
    });

    it('keeps the host out of what it sets', async () => {
      const before = readFileSync('/proc/sys/kernel/panic', 'utf8');
      await out(id, 'sysctl -w kernel.panic=77 net.ipv4.ip_forward=1');
      expect(await out(id, 'cat /proc/sys/kernel/panic')).toBe('77');
      expect(readFileSync('/proc/sys/kernel/panic', 'utf8')).toBe(before);
    });

    it('knows the modules that it may rely on, and no others', async () => {
      expect(await out(id, 'modprobe ip_vs && modprobe br_netfilter && echo fine')).toBe('fine');
      expect(await out(id, 'modprobe neuron; echo $?')).toMatch(/^1\n.*neuron not found/);
    });

    it('serves its own metadata, to those with a token only', async () => {
      const url = 'http://169.254.169.254/latest';
      expect(await out(id, `curl -s -o /dev/null -w '%{http_code}' ${url}/meta-data/instance-id`)).toBe('401');
      const token = await out(id, `curl -sX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${url}/api/token`);
      const get = (path: string) => out(id, `curl -sf -H 'X-aws-ec2-metadata-token: ${token}' ${url}/${path}`);
      expect(await get('meta-data/instance-id')).toBe(id);
      expect(await get('meta-data/placement/region')).toBe(region);
      const role = await get('meta-data/iam/security-credentials/');
      expect(JSON.parse(await get(`meta-data/iam/security-credentials/${role}`))).toMatchObject({ Code: 'Success' });
      expect(JSON.parse(await get('dynamic/instance-identity/document'))).toMatchObject({ instanceId: id });
      expect(await out(id, `curl -sI -H 'X-aws-ec2-metadata-token: ${token}' ${url}/meta-data/`)).toMatch(/^Date: /m);
      // Another machine's token is none.
      const other = id === ids.alpine ? ids.ubuntu : ids.alpine;
      const command = `curl -s -o /dev/null -w '%{http_code}' -H 'X-aws-ec2-metadata-token: ${token}' ${url}/meta-data/`;
      expect(await out(other, command)).toBe('401');
      expect(await out(id, `curl -s -o /dev/null -w '%{http_code}' -X PUT ${url}/api/token`)).toBe('400');
    });

    it('resolves the zones of the VPC and private names, and nothing else', async () => {
      expect(await out(id, 'getent ahostsv4 api.demo.example.com | cut -d" " -f1 | sort -u')).toBe(
        '10.11.1.10\n10.11.2.10',
      );
      expect(await out(id, 'getent hosts ip-10-11-3-4')).toMatch(/^10\.11\.3\.4 +ip-10-11-3-4\.eu-central-1/);
      expect(await out(id, 'getent hosts example.org; echo $?')).toBe('2');
      // The resolver by the VPC's address, too.
      expect(await out(id, 'echo "nameserver 10.11.0.2" > /etc/resolv.conf; getent hosts 10.11.3.4')).toContain(
        'ip-10-11-3-4.',
      );
    });

    it('reaches AWS, and is reached by this host', async () => {
      expect(await out(id, `curl -s ${machines.awsEndpoint}/bucket`)).toBe('aws');
      expect(asked).toContain('GET /bucket');
      // Nothing listens at that port: the machine says so.
      const { address } = machines.getMachine(id);
      expect(await connectionTo({ host: address, port: 9 })).toBe('ECONNREFUSED');
      expect(await connectionTo({ host: address, port: 9, localAddress: machines.network.hostAddress })).toBe(
        'ECONNREFUSED',
      );
    });
  });

  it('has units that systemd finds nothing wrong with', async () => {
    const { code, stdout, stderr } = await machines
      .getMachine(ids.ubuntu)
      .exec(['systemd-analyze', 'verify', 'kubelet.service', 'cloud-final.service', 'network-online.service']);
    expect({ code, output: stdout + stderr }).toEqual({ code: 0, output: '' });
  });

  it('lets machines reach each other, whatever their subnets', async () => {
    expect(await out(ids.alpine, 'ping -c1 -W2 10.11.2.10 > /dev/null && echo answered')).toBe('answered');
  });

  it('shows a volume by its serial number, whose data outlives reboots and machines', async () => {
    machines.attachDelay = 1500;
    const attached = machines.attached({ ...volume, instanceId: ids.alpine });
    expect(await out(ids.alpine, 'ls /sys/block')).toBe('');
    await attached;
    machines.attachDelay = 0;
    expect(await out(ids.alpine, 'cat /sys/block/nvme1n1/device/serial')).toBe('vol0123456789abcdef0');
    expect(await out(ids.alpine, 'head -c 1048576 /dev/nvme1n1 | tr -d "\\000" | wc -c')).toBe('0');
    const command = 'mkfs.ext4 -q -F /dev/nvme1n1 && mkdir -p /data && mount /dev/nvme1n1 /data && mountpoint /data';
    expect(await out(ids.alpine, command)).toBe('/data is a mountpoint');
    await out(ids.alpine, 'echo kept > /data/file');
    expect(
      await out(ids.alpine, 'echo root > /etc/kept; echo gone > /run/gone; cat /proc/sys/kernel/random/boot_id'),
    ).toBeTruthy();
  });

  it('reboots: processes and /run are gone, disks and volumes stay, user data isn’t executed again', async () => {
    const before = await out(ids.alpine, 'cat /proc/sys/kernel/random/boot_id');
    await machines.reboot(ids.alpine);
    await expect
      .poll(() => out(ids.alpine, 'tail -n 1 /starts; wc -l < /starts'), { timeout: 20_000 })
      .toBe('start\n3');
    expect(await out(ids.alpine, 'wc -l < /executed')).toBe('1');
    expect(await out(ids.alpine, 'cat /etc/kept; cat /run/gone')).toMatch(/^root\n.*No such file/);
    expect(await out(ids.alpine, 'cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
    expect(await out(ids.alpine, 'mountpoint -q /data || mount /dev/nvme1n1 /data; cat /data/file')).toBe('kept');
  });

  it.each([
    ['OpenRC', ids.alpine],
    ['systemd', ids.ubuntu],
  ])('comes up again where it reboots itself (%s)', async (_title, id) => {
    const starts = Number(await out(id, 'wc -l < /starts'));
    const before = await out(id, 'cat /proc/sys/kernel/random/boot_id');
    await machines
      .getMachine(id)
      .exec(['sh', '-c', 'if command -v systemctl; then systemctl reboot; else reboot; fi'])
      .catch(() => undefined);
    const boot = () => out(id, 'cat /proc/sys/kernel/random/boot_id').catch(() => before);
    await expect.poll(boot, { timeout: 20_000 }).not.toBe(before);
    await expect.poll(() => out(id, 'wc -l < /starts'), { timeout: 20_000 }).toBe(String(starts + 1));
  });

  it('replaces a machine: a new root, the old volume', async () => {
    await machines.terminate(ids.alpine);
    machines.detached({ ...volume, instanceId: ids.alpine });
    expect(existsSync(join(directory, 'instances', ids.alpine))).toBe(false);
    const replacement = 'i-0c1b2c3d4e5f60718';
    await machines.boot(machineOf('1.22', { instanceId: replacement, privateIp: '10.11.1.11', zone: 'a', userData }));
    await machines.attached({ ...volume, instanceId: replacement });
    expect(await out(replacement, 'mkdir /data; mount /dev/nvme1n1 /data; cat /data/file')).toBe('kept');
    await expect.poll(() => out(replacement, 'wc -l < /executed'), { timeout: 20_000 }).toBe('1');
    await machines.terminate(replacement);
    machines.detached({ ...volume, instanceId: replacement });
  });
});

/** In place of the kubelet: what its service starts it with. */
const kubelet = {
  path: '/usr/bin/kubelet',
  content: '#!/bin/sh\necho "$*" > /kubelet\nexec sleep 1000\n',
  mode: 0o755,
};

/** What comes of a connection. */
function connectionTo(target: { host: string; port: number; localAddress?: string }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: 3000 });
    const ended = (outcome: string) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => ended('connected'));
    socket.once('timeout', () => ended('timeout'));
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => ended(code));
  });
}
