import { z } from 'zod';
import type { RefusedKey } from '../definition.ts';
import { moduleKeys, openSection, section, systemNamespace } from '../schema.ts';

const image = (name: string, tag?: string) =>
  section({
    name: z.string().default(name).describe('Repository of the image.'),
    tag: (tag ? z.string().default(tag) : z.string().optional()).describe('Tag of the image.'),
  }).prefault({});

const enabled = (what: string) => z.boolean().default(false).describe(what);

/** `addons` of application.yaml. */
export const addonsValues = () =>
  section({
    ...moduleKeys,
    namespace: systemNamespace,
    clusterBackup: section({
      enabled: enabled(
        'Every hour a snapshot of etcd, the cluster’s keys and its configuration to the environment’s backup bucket.',
      ),
      repository: z
        .string()
        .default('')
        .describe(
          'Restic repository for Secret `kubezero-backup-restic`, as in KubeZero; backups go to `k8s/<cluster>/clusterBackup` in the environment’s backup bucket.',
        ),
      password: z
        .string()
        .default('')
        .describe(
          'Restic passphrase for that Secret. Backups aren’t encrypted with it but by the bucket, with the cluster’s key.',
        ),
      image: image('public.ecr.aws/zero-downtime/kubezero-admin').describe(
        'Admin image; its default tag is the release’s Kubernetes version. Needs a POSIX shell, `base64`, `sha256sum`, `etcdctl` and `etcdutl` (3.5 or later), `kubectl` and the AWS CLI, which KubeZero’s own image doesn’t have.',
      ),
      extraEnv: z
        .array(
          openSection({ name: z.string().describe('Name of the variable; `value` or `valueFrom` goes beside it.') }),
        )
        .default([])
        .describe('More environment variables, e.g. `AWS_MAX_ATTEMPTS`.'),
    })
      .prefault({})
      .describe('CronJob `kubezero-backup`.'),
    forseti: section({
      enabled: enabled('Deletes Node objects of terminated machines.'),
      image: image('public.ecr.aws/zero-downtime/forseti', 'v0.1.2').describe('Image of forseti.'),
      aws: section({
        region: z.string().default('').describe('Default: the environment’s region.'),
        iamRoleArn: z.string().default('').describe('IAM role; default: the one the infrastructure made.'),
      })
        .prefault({})
        .describe('How it reaches AWS.'),
    })
      .prefault({})
      .describe('Keeps Node objects in line with EC2.'),
    'aws-node-termination-handler': openSection({
      enabled: enabled('Whether it is deployed.'),
      queueURL: z
        .string()
        .optional()
        .describe('SQS queue of termination events; default: the one the infrastructure made, `<cluster>_Nth`.'),
      managedAsgTag: z
        .string()
        .optional()
        .describe(
          'Tag of the Auto Scaling groups it answers for; default: `aws-node-termination-handler/<cluster>`, as the infrastructure tags them.',
        ),
    })
      .prefault({})
      .describe('Drains a worker before its machine goes; every other key goes to the upstream chart as it is.'),
    fuseDevicePlugin: section({ enabled: enabled('Offers `/dev/fuse` to pods as `github.com/fuse`.') })
      .prefault({})
      .describe('Device plugin that build agents use.'),
    // The next three may stand in values of either release, as the migration between them leaves them alone.
    k8sEcrLoginRenew: section({ enabled: enabled('Only at 1.21; from 1.22 on the kubelet logs in to ECR itself.') })
      .prefault({})
      .describe('Renews Secret `ecr-login` in every namespace.'),
    awsNeuron: section({
      enabled: enabled('From 1.22 on: offers inference chips of inf1 workers to pods as `aws.amazon.com/neuron`.'),
      image: image('public.ecr.aws/neuron/neuron-device-plugin', '1.9.0.0').describe('Image of the device plugin.'),
    })
      .prefault({})
      .describe('Device plugin of AWS Neuron.'),
    'external-dns': openSection({
      enabled: enabled('From 1.22 on: whether it is deployed.'),
      provider: z.string().default('inmemory').describe('DNS provider: `aws`; the default changes no record anywhere.'),
      txtOwnerId: z
        .string()
        .optional()
        .describe(
          'Name it marks its records with; with another than its own `default`, the controllers go on keeping the API’s record.',
        ),
    })
      .prefault({})
      .describe(
        'DNS records of Services, among them the API servers’; every other key goes to the upstream chart as it is.',
      ),
  });
export type AddonsValues = z.infer<ReturnType<typeof addonsValues>>;

export const addonsRefused: RefusedKey[] = [
  {
    key: 'aws-node-termination-handler.enablePrometheusServer',
    why: 'follows the metrics module; for a ServiceMonitor set `serviceMonitor.create` beside it',
  },
];
