// A sandbox with one machine and a volume, to be killed: node --import tsx killed-sandbox.ts NUMBER DIRECTORY
import { join } from 'node:path';
import { RealMachines } from '../../sandbox/real/machines.ts';
import { machineOf, region } from './hardware.ts';

const [, , number = '', directory = ''] = process.argv;
const machines = new RealMachines({
  number: Number(number),
  region,
  instances: join(directory, 'instances'),
  volumes: join(directory, 'volumes'),
  aws: () => 'http://127.0.0.1:1',
  addressesOf: () => [],
  parts: () => [],
  log: () => undefined,
});
await machines.start();
const instanceId = 'i-0123456789abcdef0';
await machines.boot(machineOf('1.22', { instanceId, privateIp: '10.12.1.10' }));
await machines.attached({ volumeId: 'vol-0123456789abcdef0', instanceId, size: 1 });
await machines.getMachine(instanceId).exec(['sh', '-c', 'mkfs.ext4 -q -F /dev/nvme1n1 && mount /dev/nvme1n1 /mnt']);
console.log('ready');
setInterval(() => undefined, 1000);
