import type { LayerOutputs } from '../../../../environment/outputs.ts';
import { releases } from '../../../../releases/index.ts';

/** What the stacks of an environment at 1.21 say, with controllers in these zones and worker groups of these sizes. */
export function outputsOf(
  zones: string[],
  workers: Record<string, { desired: number; min: number; max: number }>,
): LayerOutputs {
  const perZone = <T>(value: (zone: string) => T) => Object.fromEntries(zones.map((zone) => [zone, value(zone)]));
  const { kubernetesVersion } = releases['1.21'];
  const common = { release: '1.21', kubernetesVersion, imageId: 'ami-1' } as const;
  return {
    network: {
      environment: 'demo',
      region: 'eu-central-1',
      accountId: '123456789012',
      vpcId: 'vpc-1',
      cidr: '10.0.0.0/16',
      publicSubnetIds: {},
      privateSubnetIds: {},
      controllerSecurityGroupId: 'sg-1',
      workerSecurityGroupId: 'sg-2',
      hostedZoneId: 'Z1',
      apiEndpoint: 'kube-api.demo.example.com:6443',
      backupBucket: 'demo-backup',
      kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1',
      oidcIssuer: 'https://demo-backup.s3.eu-central-1.amazonaws.com',
      oidcProviderArn: 'arn:aws:iam::123456789012:oidc-provider/demo',
      roleArns: {},
    },
    controllers: {
      ...common,
      autoScalingGroups: perZone((zone) => `demo-controller-${zone}`),
      launchTemplates: perZone((zone) => ({ id: `lt-${zone}`, version: 1 })),
      etcdVolumeIds: perZone((zone) => `vol-${zone}`),
      nodeNames: perZone((zone) => `demo-controller-${zone}`),
    },
    workers: {
      ...common,
      surge: false,
      groups: Object.fromEntries(
        Object.entries(workers).map(([name, sizes]) => [
          name,
          {
            autoScalingGroup: `demo-${name}`,
            launchTemplateId: `lt-${name}`,
            launchTemplateVersion: 1,
            ...sizes,
          },
        ]),
      ),
    },
    modules: { releases: {}, crds: {}, namespaces: {} },
  };
}
