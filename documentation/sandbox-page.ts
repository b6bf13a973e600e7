import { standIns } from '../sandbox/deviations.ts';
import { machineDeviations } from '../sandbox/real/deviations.ts';
import { runtimeDeviations } from '../sandbox/real/runtime/deviations.ts';
import { code, list, page, prose, table } from './markdown.ts';

/** docs/sandbox.md: what in a rehearsal is real, and what only stands for it. */
export function sandboxPage(): string {
  return page([
    '<!-- Made by `npm run docs` from sandbox/deviations.ts, sandbox/real/deviations.ts, sandbox/real/runtime/deviations.ts: edit there. -->',
    '# What is real in the sandbox',
    `${code('kubezero rehearse')} and ${code('kubezero sandbox start')} run an environment on one machine, without an AWS account and as an ordinary user. Control planes are the real programs of the release: etcd, API servers, controller-managers, schedulers, configured by the release’s own kubeadm from the machines’ own user data. What can’t be had there is stood in for. The rule for every stand-in: it fails where the real one fails, and answers nothing that the real one doesn’t.`,
    `With ${code('--machines real')}, as root on Linux, machines really boot: the user data is executed as it is, by the shell and the init system of the release’s image, with the real kubelet, kubeadm, etcd and AWS CLI, and pods are containers. What stands for what there is [listed below](#on-real-machines).`,
    '## Stand-ins',
    'What isn’t in this list is the real thing.',
    table(
      ['in the sandbox', 'stands for', 'what is different'],
      standIns.map(({ name, standsFor, differs }) => [prose(name), prose(standsFor), prose(differs)]),
    ),
    '## Machines that boot',
    'Each machine is started from its launch template’s user data, which is unpacked as the machine would: files, the list of steps, their order. The steps run at every start and then from time to time. A step that fails is shown by `kubezero sandbox status` as `<step>, attempt <n>: <message>` and is tried again, from the first step on; nothing gives up. A machine that is rebooted or killed anywhere goes on from what is on its disk and its volume.',
    '## On real machines',
    `${code('kubezero rehearse small --machines real')} needs root on Linux with cgroups of version 1, and some packages of Debian’s, which it names. All of the following stands below the user data. AWS, and what workloads do in their containers, are simulated as above.`,
    table(
      ['on a real machine of the sandbox', 'stands for', 'why'],
      [...machineDeviations, ...runtimeDeviations].map(({ here, standsFor, why }) => [
        prose(here),
        prose(standsFor),
        prose(why),
      ]),
    ),
    '## Making things go wrong',
    'On real machines: reboots, and what AWS refuses or delays.',
    list([
      '`kubezero sandbox reboot <machine>`: by node name, instance id, zone, role or worker group',
      '`kubezero sandbox fault add process-down --component etcd --match <machine>`: kept down until it is cleared',
      '`kubezero sandbox fault add aws --operation s3:GetObject --error denied`: calls that AWS refuses, `throttled`, `denied`, `unavailable` or `expired` (credentials); `--resource vol-...` only for what contains that',
      '`kubezero sandbox fault add slow-aws --operation "s3:*" --delay 40 --bandwidth 100`: calls that wait for 40 ms each, and share a line of 100 Mbit/s in each direction; `kubezero rehearse <env> --backend s3 --backend-delay 40 --backend-bandwidth 100` has that from the start for the bucket that the state is in, and for KMS',
      '`kubezero sandbox fault add boot-failure` and `slow-boot`: machines that don’t start, or later',
      '`kubezero sandbox fault add pod --namespace <namespace> --name <beginning>`: pods that wait instead of running',
    ]),
  ]);
}
