import { AutoScalingClient, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import { controllerProgram, programKey } from '../../infra/node/boot-program.ts';
import { controllerPlaces } from '../../infra/node/cluster.ts';
import { encodeUserData } from '../../infra/node/encoding.ts';
import { controllerUserData, workerUserData } from '../../infra/node/user-data.ts';
import type { Release } from '../../releases/release.ts';
import { dnsOf } from '../unit/aws-dns.ts';

const bucket = 'demo-backup';

/** The demo's machines, launched with the AWS SDK alone: what they boot is the project's own user data. */
export class SandboxAccount {
  readonly network: NetworkOutputs;
  private ec2: EC2Client;
  private autoScaling: AutoScalingClient;
  private s3: S3Client;
  private subnets: Record<string, string> = {};
  private endpointUrl: string;
  private clusterTag: { Key: string; Value: string };

  constructor(
    private environment: Environment,
    env: Record<string, string>,
  ) {
    const options = {
      endpoint: env.AWS_ENDPOINT_URL,
      region: environment.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    this.endpointUrl = env.AWS_ENDPOINT_URL ?? '';
    this.clusterTag = { Key: 'kubezero/cluster', Value: environment.name };
    this.ec2 = new EC2Client(options);
    this.autoScaling = new AutoScalingClient(options);
    this.s3 = new S3Client({ ...options, forcePathStyle: true });
    this.network = {
      environment: environment.name,
      region: environment.region,
      accountId: '123456789012',
      apiEndpoint: `${environment.apiHost}:6443`,
      backupBucket: bucket,
      oidcIssuer: `https://s3.${environment.region}.amazonaws.com/${bucket}/k8s/${environment.name}`,
    } as NetworkOutputs;
  }

  async launch(release: Release): Promise<void> {
    const { Vpc } = await this.ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    this.network.hostedZoneId = await dnsOf(this.endpointUrl).zone(this.environment.domain);
    await this.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const { content, digest } = controllerProgram();
    const Key = programKey(this.environment.name, digest);
    await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: content }));
    const cluster = { environment: this.environment, network: this.network, release };
    for (const [index, place] of controllerPlaces(this.environment).entries()) {
      const { zone } = place;
      const { Subnet } = await this.ec2.send(
        new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: `10.0.${index + 1}.0/24`, AvailabilityZone: zone }),
      );
      this.subnets[zone] = Subnet?.SubnetId ?? '';
      const { VolumeId = '' } = await this.ec2.send(
        new CreateVolumeCommand({
          AvailabilityZone: zone,
          Size: 10,
          VolumeType: 'gp3',
          TagSpecifications: [{ ResourceType: 'volume', Tags: [this.clusterTag] }],
        }),
      );
      await this.group(
        place.nodeName,
        release,
        controllerUserData(cluster, { ...place, etcdVolumeId: VolumeId }),
        zone,
        'controller',
      );
    }
    const [group] = this.environment.workers;
    const [zone = ''] = this.environment.zones;
    if (group) await this.group(group.name, release, workerUserData(cluster, group), zone, 'worker');
  }

  private async group(name: string, release: Release, userData: string, zone: string, role: string): Promise<void> {
    const { Images } = await this.ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: [release.image.name] }] }),
    );
    const { LaunchTemplate } = await this.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: {
          ImageId: Images?.[0]?.ImageId,
          InstanceType: 'm5.large',
          UserData: encodeUserData(userData, { environment: this.environment.name, machine: name }),
          TagSpecifications: [
            { ResourceType: 'instance', Tags: [this.clusterTag, { Key: 'kubezero/role', Value: role }] },
          ],
        },
      }),
    );
    await this.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: 1,
        MaxSize: 1,
        DesiredCapacity: 1,
        VPCZoneIdentifier: this.subnets[zone],
        LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '$Latest' },
      }),
    );
  }

  /** Its Auto Scaling group starts another one. */
  async terminate(instanceId: string): Promise<void> {
    await this.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  }

  async object(key: string): Promise<string> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  }

  async objects(): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }
}
