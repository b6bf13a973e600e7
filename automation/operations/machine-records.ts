import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { deleteRecords, recordsOfZone } from '../live/aws/index.ts';
import type { Report } from '../report/events.ts';

/** How controllers and external-dns mark the API's record (infra/node/scripts/publish.sh). */
const markOfApi = 'external-dns/resource=service/kube-system/kubezero-api"';

/** How many records an error names. */
const shown = 10;

/**
 * Deletes the records that machines wrote into the environment's private zone: no stack knows of them, and Route 53 deletes
 * no zone that has any.
 * @param network  undefined where the network isn't deployed
 * @throws UserError naming the records that are somebody else's: those keep the zone.
 */
export async function deleteMachineRecords(
  environment: Pick<Environment, 'name' | 'domain'>,
  network: Pick<NetworkOutputs, 'hostedZoneId' | 'apiEndpoint' | 'region'> | undefined,
  report: Report,
): Promise<void> {
  if (!network) return;
  const { hostedZoneId, region } = network;
  // What an earlier destroy has kept still has its stack's outputs, with the zone that is gone.
  const records = (await recordsOfZone(hostedZoneId, region)) ?? [];
  const ours = records.filter((record) => isOfMachines(record, environment, network));
  for (const record of ours) report({ type: 'action', what: 'delete', object: `DNS record ${label(record)}` });
  await deleteRecords(hostedZoneId, ours, region);

  const others = records.filter((record) => !ours.includes(record) && !isOfZone(record, environment.domain));
  if (others.length === 0) return;
  const more = others.length > shown ? ` and ${others.length - shown} more` : '';
  throw new UserError(
    `zone ${environment.domain} can’t be deleted: it has records that neither kubezero nor a machine made: ${others.slice(0, shown).map(label).join(', ')}${more}`,
    {
      where: `Hosted zone ${hostedZoneId}`,
      state: 'the machines are gone; the network and its zone are as they were',
      fix: `delete them in the Route 53 console or with \`aws route53 change-resource-record-sets --hosted-zone-id ${hostedZoneId}\` (external-dns leaves its own behind when it goes before what they are for), then run: kubezero destroy ${environment.name} --yes`,
      exitCode: exitCode.blocked,
    },
  );
}

/** The API's, and those of controllers, also of zones that the environment no longer has. */
function isOfMachines(
  record: ResourceRecordSet,
  { name, domain }: Pick<Environment, 'name' | 'domain'>,
  { apiEndpoint }: Pick<NetworkOutputs, 'apiEndpoint'>,
): boolean {
  if (record.Type === 'TXT')
    return record.ResourceRecords?.every(({ Value = '' }) => Value.endsWith(markOfApi)) ?? false;
  if (record.Type !== 'A') return false;
  const host = nameOf(record);
  const [controller = '', ...zone] = host.split('.');
  const isController = controller.slice(0, -1) === `${name}-controller-` && zone.join('.') === domain.toLowerCase();
  return host === apiEndpoint.replace(/:\d+$/, '').toLowerCase() || isController;
}

/** Those two go with their zone. */
function isOfZone(record: ResourceRecordSet, domain: string): boolean {
  return nameOf(record) === domain.toLowerCase() && (record.Type === 'NS' || record.Type === 'SOA');
}

function nameOf({ Name = '' }: ResourceRecordSet): string {
  return Name.replace(/\.$/, '');
}

function label(record: ResourceRecordSet): string {
  return `${record.Type} ${nameOf(record)}`;
}
