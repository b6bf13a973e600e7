import type {
  ListResourceRecordSetsRequest,
  ListResourceRecordSetsResponse,
  ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { route53 } from './clients.ts';
import { callAws, errorCode } from './failure.ts';

/**
 * All records of a hosted zone; undefined where there is no such zone.
 * @param region  to open the client with, where the surroundings needn't say one: Route 53 is the same in all of them
 */
export async function recordsOfZone(zoneId: string, region?: string): Promise<ResourceRecordSet[] | undefined> {
  const [client, { ListResourceRecordSetsCommand }] = await Promise.all([
    route53(region),
    import('@aws-sdk/client-route-53'),
  ]);
  return callAws('route53:ListResourceRecordSets', where(zoneId), async () => {
    const records: ResourceRecordSet[] = [];
    let page: ListResourceRecordSetsRequest | undefined = { HostedZoneId: zoneId };
    try {
      while (page) {
        const answer: ListResourceRecordSetsResponse = await client.send(new ListResourceRecordSetsCommand(page));
        records.push(...(answer.ResourceRecordSets ?? []));
        page = answer.IsTruncated
          ? {
              HostedZoneId: zoneId,
              StartRecordName: answer.NextRecordName,
              StartRecordType: answer.NextRecordType,
              StartRecordIdentifier: answer.NextRecordIdentifier,
            }
          : undefined;
      }
    } catch (error) {
      if (errorCode(error) === 'NoSuchHostedZone') return undefined;
      throw error;
    }
    return records;
  });
}

/** Deletes records, as they were listed; all of them, or none where one has changed since. */
export async function deleteRecords(zoneId: string, records: ResourceRecordSet[], region?: string): Promise<void> {
  if (records.length === 0) return;
  const [client, { ChangeResourceRecordSetsCommand }] = await Promise.all([
    route53(region),
    import('@aws-sdk/client-route-53'),
  ]);
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: zoneId,
    ChangeBatch: { Changes: records.map((ResourceRecordSet) => ({ Action: 'DELETE', ResourceRecordSet })) },
  });
  await callAws('route53:ChangeResourceRecordSets', where(zoneId), () => client.send(command));
}

function where(zoneId: string): string {
  return `Hosted zone ${zoneId}`;
}
