import { z } from 'zod';
import { releaseIds } from '../releases/release.ts';

/** A text that matches a pattern; `expected` says in words what it should be. */
const text = (pattern: RegExp, expected: string) =>
  z.string(`expected ${expected}`).regex(pattern, `expected ${expected}`);

const name = text(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, 'lower-case letters, digits and dashes, at most 30 characters');
const instanceType = text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an EC2 instance type such as m5.large');
const zone = text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as eu-central-1a');
const domain = text(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a DNS domain such as demo.example.com');
const cidr = text(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/, 'an IPv4 network such as 10.0.0.0/16');
const role = text(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'the ARN of an IAM role');
const taint = text(
  /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/,
  'a taint such as dedicated=gpu:NoSchedule',
);
const gibibytes = z.int().min(1).max(16_384);
const count = z.int().min(0).max(1000);

const workerGroup = z.strictObject({
  name: name.describe('Name of the group: Auto Scaling group, label kubezero-workergroup'),
  instanceType: instanceType.describe('EC2 instance type of every machine of the group'),
  desired: count.describe('Number of machines'),
  min: count.optional().describe('Fewest machines the group may have (default: desired)'),
  max: count.optional().describe('Most machines the group may have (default: desired)'),
  zones: z.array(zone).min(1).optional().describe('Zones the group spreads over (default: all of the environment)'),
  labels: z.record(z.string(), z.string()).default({}).describe('Node labels'),
  taints: z.array(taint).default([]).describe('Node taints, `key=value:Effect`'),
  rootVolumeSize: gibibytes.default(20).describe('Size of the encrypted root volume in GiB'),
});

/**
 * What environment.yaml may say. Names are stable: Auto Scaling groups, volumes and nodes carry the environment's and
 * the worker groups'.
 */
export const environmentSchema = z.strictObject({
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-central-1').describe('AWS region'),
  accountId: text(/^\d{12}$/, 'the twelve digits of an AWS account, quoted')
    .optional()
    .describe('AWS account; where it is given, no other is touched'),
  zones: z.array(zone).min(1).describe('Availability zones: a public and a private subnet in each'),
  domain: domain.describe('DNS domain of the cluster; its private hosted zone is made by the network layer'),
  publicHostedZoneId: text(/^Z[A-Z0-9]+$/, 'the id of a Route 53 hosted zone')
    .optional()
    .describe('Public hosted zone of the domain, where there is one: certificates are proven by records in it'),
  apiHost: domain.optional().describe('DNS name of the API servers (default: kube-api.<domain>)'),
  kubeContext: z
    .string()
    .min(1)
    .optional()
    .describe('Context of the kubeconfig that is this cluster (default: the name)'),
  network: z
    .strictObject({
      cidr: cidr.default('10.0.0.0/16').describe('IPv4 network of the VPC'),
      nat: z
        .enum(['single', 'perZone'])
        .default('single')
        .describe('One NAT gateway for all zones, or one in each zone (survives the loss of a zone)'),
      apiAllowedCidrs: z
        .array(cidr)
        .default([])
        .describe('Networks besides the VPC that may reach the API servers, e.g. of a VPN'),
    })
    .prefault({})
    .describe('VPC'),
  controllers: z
    .strictObject({
      instanceType: instanceType.default('m5.large'),
      zones: z.array(zone).min(1).optional().describe('One controller in each (default: all zones of the environment)'),
      etcdVolumeSize: gibibytes.default(10).describe('Size of the gp3 volume that holds the etcd data, in GiB'),
      rootVolumeSize: gibibytes.default(20).describe('Size of the encrypted root volume in GiB'),
    })
    .prefault({})
    .describe('Control plane: one machine per zone'),
  workers: z.array(workerGroup).min(1).describe('Worker groups'),
  awsIamAuthenticator: z
    .strictObject({
      enabled: z.boolean().default(false),
      adminRole: role.optional().describe('Role whose holders are cluster administrators'),
    })
    .prefault({})
    .describe('Let people and machines log in to the cluster with their IAM role'),
  access: z
    .strictObject({
      ssm: z
        .boolean()
        .default(false)
        .describe(
          'Machines may register with AWS Systems Manager, for sessions and port forwarding to the API servers; needs images with its agent',
        ),
    })
    .prefault({})
    .describe('Ways to the machines from outside of the VPC'),
  images: z
    .partialRecord(z.enum(releaseIds), text(/^ami-[0-9a-f]{8,17}$/, 'an AMI id such as ami-0123456789abcdef0'))
    .default({})
    .describe('AMI by release (default: the newest that the release names)'),
  secretsProvider: text(
    /^(default|passphrase|(awskms|azurekeyvault|gcpkms|hashivault):\/\/\S+)$/,
    'a secrets provider of Pulumi such as awskms://alias/pulumi?region=eu-central-1',
  )
    .optional()
    .describe(
      'What encrypts the secrets in the state of stacks that are made from now on, e.g. `awskms://alias/pulumi?region=eu-central-1` (default: Pulumi’s, a passphrase where the backend is a bucket or a directory)',
    ),
  policyPacks: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Directories of Pulumi policy packs that every preview and update is checked with, from the environments directory',
    ),
  delivery: z
    .enum(['pulumi', 'argocd'])
    .default('pulumi')
    .describe(
      'Who applies the modules: the modules stack itself, or ArgoCD from rendered manifests in git (needs `git.repoURL`)',
    ),
  git: z
    .strictObject({
      remote: z.string().min(1).default('origin'),
      branch: z.string().min(1).default('main'),
      repoURL: z
        .string()
        .min(1)
        .optional()
        .describe('URL at which ArgoCD reaches the repository; credentials for it are ArgoCD’s own'),
      path: z
        .string()
        .regex(/^[^/].*[^/]$/, 'expected a path such as stacks, from the root of the repository')
        .optional()
        .describe(
          'Path of the environments directory in the repository (default: where it is in the git working tree)',
        ),
    })
    .prefault({})
    .describe('The repository of this file: where application.yaml and rendered manifests are pushed to'),
});

/** environment.yaml with its defaults filled in. */
export type EnvironmentFile = z.infer<typeof environmentSchema>;
