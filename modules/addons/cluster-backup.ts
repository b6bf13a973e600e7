import { awsIdentity, controlPlane } from '../conventions.ts';
import type { KubernetesObject, ModuleContext } from '../definition.ts';
import type { AddonsValues } from './schema.ts';

const name = 'kubezero-backup';
const namespace = 'kube-system';
const secretName = 'kubezero-backup-restic';

/**
 * CronJob `kubezero-backup`: every hour an etcd snapshot to the restic repository, and the Secret it reads. It reaches
 * the repository by the role that the infrastructure made for it, where KubeZero's uses the machine's.
 */
export function clusterBackup({ release, values, facts }: ModuleContext<AddonsValues>): KubernetesObject[] {
  const backup = values.clusterBackup;
  const fromSecret = (key: string) => ({ valueFrom: { secretKeyRef: { name: secretName, key } } });
  const given = new Set(backup.extraEnv.map((entry) => entry.name));
  const role = facts.roleArns['cluster-backup'];
  const defaults = [{ name: 'AWS_DEFAULT_REGION', value: facts.region }, ...(role ? awsIdentity.env(role) : [])].filter(
    (entry) => !given.has(entry.name),
  );
  const cronJob: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: {
      schedule: '0 * * * *',
      jobTemplate: {
        spec: {
          backoffLimit: 1,
          ...(release.id === '1.21' ? {} : { activeDeadlineSeconds: 300 }),
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
                  command: ['kubezero.sh'],
                  args: ['backup'],
                  volumeMounts: [
                    { name: 'host', mountPath: '/host' },
                    { name: 'workdir', mountPath: '/tmp' },
                    ...(role ? [awsIdentity.volumeMount] : []),
                  ],
                  env: [
                    { name: 'DEBUG', value: '1' },
                    { name: 'RESTIC_REPOSITORY', ...fromSecret('repository') },
                    { name: 'RESTIC_PASSWORD', ...fromSecret('password') },
                    ...defaults,
                    ...backup.extraEnv,
                  ],
                },
              ],
              hostNetwork: true,
              volumes: [
                { name: 'host', hostPath: { path: '/', type: 'Directory' } },
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
  // Without repository and password the Secret is the user's own, as in KubeZero.
  if (!backup.repository && !backup.password) return [...account, cronJob];
  const repository =
    backup.repository || `s3:https://s3.amazonaws.com/${facts.backupBucket}/k8s/${facts.clusterName}/clusterBackup`;
  return [
    ...account,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace },
      type: 'Opaque',
      data: { repository: base64(repository), password: base64(backup.password) },
    },
    cronJob,
  ];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
