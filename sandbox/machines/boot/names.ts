import { upsertRecords } from './aws.ts';
import { type Step, waitFor, writeWhole } from './step.ts';

/** The machine's own name, and on controllers the DNS record that etcd's other members know this one by. */
export const names: Step = async (instance) => {
  const { machine, nodeName, config, surroundings, hostName } = instance;
  writeWhole(instance.path('/etc/hostname'), `${nodeName}\n`, 0o644);
  const api = instance.isController ? ` ${config?.apiEndpoint.split(':')[0]}` : '';
  writeWhole(
    instance.path('/etc/hosts'),
    `127.0.0.1 localhost\n${machine.privateIp} ${nodeName}${api} # kubezero\n`,
    0o644,
  );
  if (!instance.isController) return;
  const resolves = () => surroundings.aws.addressesOf(hostName)[0] === machine.privateIp;
  if (resolves()) return;
  instance.log(`${hostName} is now ${machine.privateIp}`);
  try {
    await upsertRecords(instance, [{ name: hostName, type: 'A', ttl: 10, values: [machine.privateIp] }]);
  } catch (error) {
    throw new Error(`the DNS record of ${hostName} can't be set: ${(error as Error).message}`);
  }
  await waitFor(instance, 120, `${hostName} to resolve to ${machine.privateIp}`, resolves);
};
