import { controlPlane } from '../conventions.ts';
import type { KubernetesObject, ModuleContext } from '../definition.ts';
import type { AddonsValues } from './index.ts';

const secretName = 'kubezero-backup-restic';

/** CronJob `kubezero-backup`: every hour an etcd snapshot to the restic repository, and the Secret it reads. */
export function clusterBackup({ release, values, facts }: ModuleContext<AddonsValues>): KubernetesObject[] {
  const backup = values.clusterBackup;
  const fromSecret = (key: string) => ({ valueFrom: { secretKeyRef: { name: secretName, key } } });
  const given = new Set(backup.extraEnv.map((entry) => entry.name));
  const cronJob: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'kubezero-backup', namespace: 'kube-system' },
    spec: {
      schedule: '0 * * * *',
      jobTemplate: {
        spec: {
          backoffLimit: 1,
          ...(release.id === '1.21' ? {} : { activeDeadlineSeconds: 300 }),
          ttlSecondsAfterFinished: 3600,
          template: {
            metadata: { labels: { app: 'kubezero-backup' } },
            spec: {
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
                  ],
                  env: [
                    { name: 'DEBUG', value: '1' },
                    { name: 'RESTIC_REPOSITORY', ...fromSecret('repository') },
                    { name: 'RESTIC_PASSWORD', ...fromSecret('password') },
                    ...(given.has('AWS_DEFAULT_REGION') ? [] : [{ name: 'AWS_DEFAULT_REGION', value: facts.region }]),
                    ...backup.extraEnv,
                  ],
                },
              ],
              hostNetwork: true,
              volumes: [
                { name: 'host', hostPath: { path: '/', type: 'Directory' } },
                { name: 'workdir', emptyDir: {} },
              ],
              ...controlPlane,
              restartPolicy: 'Never',
            },
          },
        },
      },
    },
  };
  // Without repository and password the Secret is the user's own, as in KubeZero.
  if (!backup.repository && !backup.password) return [cronJob];
  const repository =
    backup.repository || `s3:https://s3.amazonaws.com/${facts.backupBucket}/k8s/${facts.clusterName}/clusterBackup`;
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace: 'kube-system' },
      type: 'Opaque',
      data: { repository: base64(repository), password: base64(backup.password) },
    },
    cronJob,
  ];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
