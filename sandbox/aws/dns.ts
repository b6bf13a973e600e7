import { randomBytes } from 'node:crypto';
import type { Account, DnsChange, DnsRecord, HostedZone } from './account.ts';
import { AwsError } from './errors.ts';

export interface RecordChange {
  action: 'CREATE' | 'UPSERT' | 'DELETE';
  name: string;
  type: string;
  ttl: number;
  values: string[];
}

export function createHostedZone(account: Account, spec: { id?: string; name: string; comment?: string }): HostedZone {
  const zone: HostedZone = {
    id: spec.id ?? `Z${randomBytes(10).toString('hex').toUpperCase()}`,
    name: normalName(spec.name),
    comment: spec.comment ?? '',
    records: new Map(),
  };
  account.hostedZones.set(zone.id, zone);
  const nameServers = ['com', 'net', 'org', 'co.uk'].map((domain, index) => `ns-${index}.awsdns-0${index}.${domain}.`);
  setRecord(account, zone, { name: zone.name, type: 'NS', ttl: 172_800, values: nameServers });
  const authority = `${nameServers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  setRecord(account, zone, { name: zone.name, type: 'SOA', ttl: 900, values: [authority] });
  return zone;
}

export function getHostedZone(account: Account, id: string): HostedZone {
  const zone = account.hostedZones.get(id.replace(/^\/hostedzone\//, ''));
  if (!zone) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404);
  return zone;
}

/** A zone goes only when nothing but its own two records are left, as in Route 53. */
export function deleteHostedZone(account: Account, id: string): void {
  const zone = getHostedZone(account, id);
  if ([...zone.records.values()].some((record) => !isOwn(zone, record)))
    throw new AwsError(
      'HostedZoneNotEmpty',
      'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
    );
  account.hostedZones.delete(zone.id);
}

/** Carries out all changes, or none where one of them can't be. */
export function changeRecords(account: Account, zone: HostedZone, changes: RecordChange[]): DnsChange {
  const wrong = changes.flatMap((change) => problemOf(zone, { ...change, name: normalName(change.name) }));
  if (wrong.length > 0) throw new AwsError('InvalidChangeBatch', `[${wrong.join(', ')}]`);
  for (const { action, ...change } of changes) {
    const record = { ...change, name: normalName(change.name) };
    if (action === 'DELETE') zone.records.delete(keyOf(record));
    else setRecord(account, zone, record);
  }
  const now = Date.now();
  const id = `C${randomBytes(10).toString('hex').toUpperCase()}`;
  const change: DnsChange = { id, submittedAt: new Date(now), syncedAt: now + account.delays.dns };
  account.dnsChanges.set(id, change);
  return change;
}

export function getChange(account: Account, id: string): DnsChange {
  const change = account.dnsChanges.get(id.replace(/^\/change\//, ''));
  if (!change) throw new AwsError('NoSuchChange', `Could not find resource with ID: ${id}`, 404);
  return change;
}

/** Records of a zone in Route 53's order: by name from the last label on, then by type. */
export function recordsInOrder(zone: HostedZone): DnsRecord[] {
  const order = ({ name, type }: DnsRecord) => `${reversed(name)} ${type}`;
  return [...zone.records.values()].sort((one, other) => (order(one) < order(other) ? -1 : 1));
}

/** Labels of a name from the last one on, which is how Route 53 sorts. */
export function reversed(name: string): string {
  return name.split('.').filter(Boolean).reverse().join('.');
}

/**
 * What a resolver in the account's network gets for a name: values of the A records, none where there are none. Names
 * outside of the account's zones are nobody's.
 */
export function addressesOf(account: Account, name: string): string[] {
  const wanted = normalName(name);
  for (const zone of account.hostedZones.values()) {
    let record = zone.records.get(`${wanted} A`);
    while (record && record.servedFrom > Date.now()) record = record.before;
    if (record) return [...record.values];
  }
  return [];
}

/** `Name.Example.COM` → `name.example.com.` */
export function normalName(name: string): string {
  return `${name.toLowerCase().replace(/\.$/, '')}.`;
}

function setRecord(account: Account, zone: HostedZone, record: Omit<DnsRecord, 'servedFrom' | 'before'>): void {
  const now = Date.now();
  let before = zone.records.get(keyOf(record));
  while (before && before.servedFrom > now) before = before.before;
  if (before) before = { ...before, before: undefined };
  zone.records.set(keyOf(record), { ...record, servedFrom: now + account.delays.dns, before });
}

function problemOf(zone: HostedZone, change: RecordChange): string[] {
  const record = `resource record set [name='${change.name}', type='${change.type}']`;
  const present = zone.records.get(keyOf(change));
  if (change.name !== zone.name && !change.name.endsWith(`.${zone.name}`))
    return [`RRSet with DNS name ${change.name} is not permitted in zone ${zone.name}`];
  if (change.action === 'CREATE' && present) return [`Tried to create ${record} but it already exists`];
  if (change.action === 'DELETE') {
    if (!present) return [`Tried to delete ${record} but it was not found`];
    if (present.ttl !== change.ttl || !sameValues(present.values, change.values))
      return [`Tried to delete ${record} but the values provided do not match the current values`];
    if (isOwn(zone, change))
      return change.type === 'SOA'
        ? ['A HostedZone must contain exactly one SOA record.']
        : ['A HostedZone must contain at least one NS record for the zone itself.'];
    return [];
  }
  if (change.values.length === 0) return [`Invalid request: no values for ${record}`];
  if (change.type === 'SOA' && (change.values.length > 1 || !isAuthority(change.values[0] ?? '')))
    return [
      `Invalid Resource Record: 'FATAL problem: SOARRDATAInvalid encountered with '${change.values.join(', ')}''`,
    ];
  const wrong = change.type === 'A' ? change.values.find((value) => !isAddress(value)) : undefined;
  return wrong === undefined
    ? []
    : [
        `Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '${wrong}''`,
      ];
}

const keyOf = ({ name, type }: { name: string; type: string }) => `${name} ${type}`;

const sameValues = (one: string[], other: string[]) =>
  JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());

const isAddress = (value: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(value) && value.split('.').every((part) => Number(part) < 256);

/** Server, mailbox, and five numbers. */
const isAuthority = (value: string) => /^\S+ \S+( \d+){5}$/.test(value);

const isOwn = (zone: HostedZone, { name, type }: Pick<DnsRecord, 'name' | 'type'>) =>
  name === zone.name && (type === 'NS' || type === 'SOA');
