import { Record as DnsRecord } from '@pulumi/aws/route53/record.js';
import { Zone } from '@pulumi/aws/route53/zone.js';
import { all, ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import { tags } from '../tags.ts';
import { createIdentity } from './identity.ts';
import { createSecurityGroups } from './security-groups.ts';
import { createServiceRoles } from './service-roles.ts';
import { createSubnets } from './subnets.ts';
import { createTerminationQueue } from './termination-queue.ts';
import { createVault } from './vault.ts';

const unknownForSeconds = 10;
/** All but the last number, and the server before them, are Route 53's own. */
const soa = `awsdns-hostmaster.amazon.com. 1 7200 900 1209600 ${unknownForSeconds}`;

export interface NetworkArgs {
  environment: Environment;
  /** AWS account that everything is in; part of the buckets' names. */
  accountId: string;
}

/** Everything of a cluster that doesn't follow its release: network, keys and backups, identities, names. */
export class Network extends ComponentResource {
  readonly vpcId: Output<string>;
  readonly publicSubnetIds: Record<string, Output<string>>;
  readonly privateSubnetIds: Record<string, Output<string>>;
  readonly controllerSecurityGroupId: Output<string>;
  readonly workerSecurityGroupId: Output<string>;
  readonly hostedZoneId: Output<string>;
  readonly backupBucket: Output<string>;
  readonly kmsKeyArn: Output<string>;
  readonly oidcIssuer: string;
  readonly oidcProviderArn: Output<string>;
  readonly roleArns: Record<string, Output<string>>;

  constructor(name: string, { environment, accountId }: NetworkArgs, options: ComponentResourceOptions = {}) {
    super('kubezero:infra:Network', name, {}, options);
    const inside = { parent: this };
    const { vpc, publicSubnetIds, privateSubnetIds } = createSubnets(environment, inside);
    const groups = createSecurityGroups(environment, vpc.id, inside);
    const vault = createVault(environment, accountId, inside);
    const identity = createIdentity(environment, accountId, inside);
    const queue = createTerminationQueue(environment, accountId, inside);
    const zone = new Zone(
      'private',
      {
        name: environment.domain,
        comment: `cluster ${environment.name}`,
        vpcs: [{ vpcId: vpc.id }],
        tags: tags(environment.name, 'private'),
      },
      inside,
    );
    // The zone's records are written by machines, which also ask for each other's before they are there. A resolver
    // remembers that a name is unknown for as long as the smaller of the SOA record's TTL and its last number says:
    // 15 minutes, as Route 53 makes it. Records made here beforehand would have to have an address, and until the machine
    // comes everybody would believe it.
    const authority = zone.primaryNameServer.apply((server) => `${server.replace(/\.$/, '')}. ${soa}`);
    new DnsRecord(
      'authority',
      {
        zoneId: zone.zoneId,
        name: environment.domain,
        type: 'SOA',
        ttl: unknownForSeconds,
        records: [authority],
        allowOverwrite: true,
      },
      inside,
    );
    const { publicHostedZoneId } = environment;
    const subjects = all([zone.zoneId, vault.kmsKeyArn]).apply(([zoneId, kmsKeyArn]) => ({
      environment: environment.name,
      accountId,
      region: environment.region,
      hostedZoneIds: publicHostedZoneId ? [zoneId, publicHostedZoneId] : [zoneId],
      certificateZoneId: publicHostedZoneId ?? zoneId,
      queueArn: queue.queueArn,
      kmsKeyArn,
      bucketName: vault.backupBucketName,
    }));

    this.vpcId = vpc.id;
    this.publicSubnetIds = publicSubnetIds;
    this.privateSubnetIds = privateSubnetIds;
    this.controllerSecurityGroupId = groups.controllerSecurityGroupId;
    this.workerSecurityGroupId = groups.workerSecurityGroupId;
    this.hostedZoneId = zone.zoneId;
    this.backupBucket = vault.backupBucket;
    this.kmsKeyArn = vault.kmsKeyArn;
    this.oidcIssuer = identity.oidcIssuer;
    this.oidcProviderArn = identity.oidcProviderArn;
    this.roleArns = createServiceRoles({ environment, ...identity, subjects }, inside);
    this.registerOutputs({ vpcId: this.vpcId, backupBucket: this.backupBucket, hostedZoneId: this.hostedZoneId });
  }
}
