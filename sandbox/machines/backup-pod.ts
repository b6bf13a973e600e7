import type { ApiObject } from '../kubernetes/client.ts';
import type { Surroundings } from './instance.ts';
import { commandScript, runPodScript, standInCommand } from './pod-script.ts';

/**
 * A pod of the CronJob `kubezero-backup`: runs the script that it mounts, with the real etcdctl and etcdutl, against the
 * member of the machine it is bound to.
 */
export async function runBackupPod(pod: ApiObject, surroundings: Surroundings): Promise<void> {
  const { tools, aws } = surroundings;
  await runPodScript(pod, surroundings, {
    commands: () => ({
      etcdctl: commandScript([tools('etcdctl')]),
      etcdutl: commandScript([tools('etcdutl')]),
      aws: standInCommand('aws'),
      kubectl: standInCommand('kubectl'),
    }),
    env: (instance) => ({
      // Processes are reached by loopback addresses, not by the machine's own.
      ETCDCTL_ENDPOINTS: `https://${instance.loopback}:2379`,
      AWS_ENDPOINT_URL: aws.endpointUrl,
      // A machine of its own would have them from its role.
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
    }),
  });
}
