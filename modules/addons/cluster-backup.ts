import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../repository/root.ts';
import { awsIdentity, controlPlane } from '../conventions.ts';
import type { KubernetesObject, ModuleContext } from '../definition.ts';
import type { AddonsValues } from './schema.ts';

const name = 'kubezero-backup';
const namespace = 'kube-system';
const secretName = 'kubezero-backup-restic';
const scripts = '/kubezero';

/** The script that makes a backup, as it is in the repository. */
export function backupScript(): string {
  return readFileSync(join(repositoryRoot, 'modules/addons/cluster-backup.sh'), 'utf8');
}

/**
 * CronJob `kubezero-backup`: every hour a snapshot of etcd, the cluster's keys and its configuration to the backup
 * bucket, by the script in the ConfigMap beside it. It reaches the bucket by the role that the infrastructure made for
 * it, where KubeZero's uses the machine's.
 */
export function clusterBackup({ release, values, facts }: ModuleContext<AddonsValues>): KubernetesObject[] {
  const backup = values.clusterBackup;
  const given = new Set(backup.extraEnv.map((entry) => entry.name));
  const role = facts.roleArns['cluster-backup'];
  const defaults = [
    { name: 'HOST', value: '/host' },
    { name: 'CLUSTER', value: facts.clusterName },
    { name: 'BUCKET', value: facts.backupBucket },
    { name: 'FOLDER', value: `k8s/${facts.clusterName}/clusterBackup` },
    { name: 'AWS_DEFAULT_REGION', value: facts.region },
    ...(role ? awsIdentity.env(role) : []),
  ].filter((entry) => !given.has(entry.name));
  const script: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { 'backup.sh': backupScript() },
  };
  const cronJob: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: {
      schedule: '0 * * * *',
      concurrencyPolicy: 'Forbid',
      jobTemplate: {
        spec: {
          backoffLimit: 1,
          activeDeadlineSeconds: 600,
          ttlSecondsAfterFinished: 3600,
          template: {
            metadata: { labels: { app: name } },
            spec: {
              ...(role ? { serviceAccountName: name } : {}),
              containers: [
                {
                  name: 'kubezero-admin',
                  image: `${backup.image.name}:${backup.image.tag ?? `v${release.kubernetesVersion}`}`,
                  imagePullPolicy: 'Always',
                  command: ['sh', `${scripts}/backup.sh`],
                  // What it says last is why it failed.
                  terminationMessagePolicy: 'FallbackToLogsOnError',
                  volumeMounts: [
                    { name: 'host', mountPath: '/host', readOnly: true },
                    { name: 'script', mountPath: scripts, readOnly: true },
                    { name: 'workdir', mountPath: '/tmp' },
                    ...(role ? [awsIdentity.volumeMount] : []),
                  ],
                  env: [...defaults, ...backup.extraEnv],
                },
              ],
              hostNetwork: true,
              volumes: [
                { name: 'host', hostPath: { path: '/', type: 'Directory' } },
                { name: 'script', configMap: { name } },
                { name: 'workdir', emptyDir: {} },
                ...(role ? [awsIdentity.volume] : []),
              ],
              ...controlPlane,
              restartPolicy: 'Never',
            },
          },
        },
      },
    },
  };
  const account = role ? [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }] : [];
  const own = [...account, script, cronJob];
  // Without repository and password the Secret is the user's own, as in KubeZero.
  if (!backup.repository && !backup.password) return own;
  const repository =
    backup.repository || `s3:https://s3.amazonaws.com/${facts.backupBucket}/k8s/${facts.clusterName}/clusterBackup`;
  const secret: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace },
    type: 'Opaque',
    data: { repository: base64(repository), password: base64(backup.password) },
  };
  return [...own, secret];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
