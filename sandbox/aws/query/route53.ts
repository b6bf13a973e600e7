import type { IncomingMessage } from 'node:http';
import type { Account, DnsChange, DnsRecord, HostedZone } from '../account.ts';
import {
  changeRecords,
  createHostedZone,
  deleteHostedZone,
  getChange,
  getHostedZone,
  normalName,
  type RecordChange,
  recordsInOrder,
  reversed,
} from '../dns.ts';
import { AwsError } from '../errors.ts';
import { type Answer, type Call, xmlAnswer } from './call.ts';
import { type Body, xml } from './protocol.ts';
import { elements, parseXml, textAt, type XmlElement } from './xml-input.ts';

/** Where Route 53's REST calls are below the endpoint. */
export const route53Path = '/2013-04-01/';
const xmlns = 'https://route53.amazonaws.com/doc/2013-04-01/';

interface Request {
  account: Account;
  /** Id in the path. */
  id: string;
  query: URLSearchParams;
  body: () => XmlElement;
}

interface Result {
  name: string;
  status?: number;
  body: Record<string, Body>;
}

/** Calls by method and path, `:` being the place of an id. */
const operations: Record<string, [operation: string, answer: (request: Request) => Result]> = {
  'POST hostedzone': ['CreateHostedZone', create],
  'GET hostedzone': ['ListHostedZones', listZones],
  'GET hostedzonesbyname': ['ListHostedZonesByName', listZones],
  'GET hostedzone/:': ['GetHostedZone', describe],
  'DELETE hostedzone/:': ['DeleteHostedZone', remove],
  'POST hostedzone/:/rrset': ['ChangeResourceRecordSets', change],
  'GET hostedzone/:/rrset': ['ListResourceRecordSets', listRecords],
  'GET change/:': ['GetChange', changeStatus],
};

/** A call to Route 53's REST API: hosted zones, their records, and how far a change has come. */
export function route53Call(account: Account, request: IncomingMessage, body: Buffer): Call {
  const url = new URL(request.url ?? '/', 'http://route53');
  const path = url.pathname.slice(route53Path.length).split('/').filter(Boolean).map(decodeURIComponent);
  const pattern = path.map((part, index) => (index === 1 ? ':' : part)).join('/');
  const found = operations[`${request.method} ${pattern}`];
  if (!found)
    throw new AwsError('InvalidAction', `The sandbox doesn't simulate ${request.method} ${url.pathname}.`, 404);
  const [operation, answer] = found;
  const id = path[1] ?? '';
  return {
    operation: `route53:${operation}`,
    resource: id,
    answer: () => asXml(answer({ account, id, query: url.searchParams, body: () => parsed(body) })),
  };
}

function asXml({ name, status, body }: Result): Answer {
  const fields = Object.entries(body).map(([field, value]) => xml(field, value, itemOf));
  const content = `<${name} xmlns="${xmlns}">${fields.join('')}</${name}>`;
  return { ...xmlAnswer(content, { 'content-type': 'text/xml' }), status };
}

function parsed(body: Buffer): XmlElement {
  try {
    return parseXml(body.toString('utf8'));
  } catch (error) {
    throw new AwsError('InvalidInput', `Invalid XML ; ${(error as Error).message}`);
  }
}

/** Lists are called like their entries, in the plural. */
const itemOf = (list: string) => list.replace(/s$/, '');

function create({ account, body }: Request): Result {
  const request = body();
  const name = textAt(request, 'Name');
  if (!name) throw new AwsError('InvalidDomainName', 'The domain name is missing.');
  const zone = createHostedZone(account, { name, comment: textAt(request, 'HostedZoneConfig/Comment') });
  const pending = { id: 'C0', submittedAt: new Date(), syncedAt: Date.now() + account.delays.dns };
  return {
    name: 'CreateHostedZoneResponse',
    status: 201,
    body: { HostedZone: zoneBody(zone), ChangeInfo: changeBody(pending), DelegationSet: delegation(zone) },
  };
}

function listZones({ account, query }: Request): Result {
  const from = normalName(query.get('dnsname') ?? '');
  const zones = [...account.hostedZones.values()]
    .filter(({ name }) => from === '.' || reversed(name) >= reversed(from))
    .sort((one, other) => (reversed(one.name) < reversed(other.name) ? -1 : 1));
  const byName = query.has('dnsname');
  return {
    name: byName ? 'ListHostedZonesByNameResponse' : 'ListHostedZonesResponse',
    body: {
      HostedZones: zones.map(zoneBody),
      ...(byName ? { DNSName: query.get('dnsname') ?? undefined } : { Marker: query.get('marker') ?? '' }),
      IsTruncated: false,
      MaxItems: 100,
    },
  };
}

function describe({ account, id }: Request): Result {
  const zone = getHostedZone(account, id);
  return { name: 'GetHostedZoneResponse', body: { HostedZone: zoneBody(zone), DelegationSet: delegation(zone) } };
}

function remove({ account, id }: Request): Result {
  deleteHostedZone(account, id);
  const done = { id: 'C0', submittedAt: new Date(), syncedAt: Date.now() };
  return { name: 'DeleteHostedZoneResponse', body: { ChangeInfo: changeBody(done) } };
}

function change({ account, id, body }: Request): Result {
  const changes = elements(body(), 'ChangeBatch/Changes/Change').map(requested);
  if (changes.length === 0) throw new AwsError('InvalidInput', 'The change batch has no changes.');
  const made = changeRecords(account, getHostedZone(account, id), changes);
  return { name: 'ChangeResourceRecordSetsResponse', body: { ChangeInfo: changeBody(made) } };
}

function requested(element: XmlElement): RecordChange {
  const action = textAt(element, 'Action') ?? '';
  if (action !== 'CREATE' && action !== 'UPSERT' && action !== 'DELETE')
    throw new AwsError(
      'InvalidInput',
      `Value '${action}' at 'action' failed to satisfy enum value set: [CREATE, DELETE, UPSERT]`,
    );
  const [set] = elements(element, 'ResourceRecordSet');
  // Weighted, latency-based, alias and other records would be taken for simple ones.
  const unknown = [...(set?.children.keys() ?? [])].find(
    (name) => !['Name', 'Type', 'TTL', 'ResourceRecords'].includes(name),
  );
  if (unknown) throw new AwsError('InvalidInput', `The sandbox doesn't simulate ${unknown} of a record.`);
  return {
    action,
    name: textAt(set, 'Name') ?? '',
    type: textAt(set, 'Type') ?? '',
    ttl: Number(textAt(set, 'TTL') ?? Number.NaN),
    values: elements(set, 'ResourceRecords/ResourceRecord').map((record) => textAt(record, 'Value') ?? ''),
  };
}

function listRecords({ account, id, query }: Request): Result {
  const all = recordsInOrder(getHostedZone(account, id));
  const name = query.get('name');
  const type = query.get('type') ?? '';
  if (type && !name)
    throw new AwsError('InvalidInput', 'Invalid request: the type of a record was given without its name.');
  const from = name ? `${reversed(normalName(name))} ${type}` : '';
  const rest = all.filter((record) => `${reversed(record.name)} ${record.type}` >= from);
  const limit = Math.min(Number(query.get('maxitems') ?? 300), 300);
  const next = rest[limit];
  return {
    name: 'ListResourceRecordSetsResponse',
    body: {
      ResourceRecordSets: rest.slice(0, limit).map(recordBody),
      IsTruncated: next !== undefined,
      NextRecordName: next?.name,
      NextRecordType: next?.type,
      MaxItems: limit,
    },
  };
}

function changeStatus({ account, id }: Request): Result {
  return { name: 'GetChangeResponse', body: { ChangeInfo: changeBody(getChange(account, id)) } };
}

function changeBody({ id, submittedAt, syncedAt }: DnsChange): Body {
  return { Id: `/change/${id}`, Status: Date.now() < syncedAt ? 'PENDING' : 'INSYNC', SubmittedAt: submittedAt };
}

function zoneBody({ id, name, comment, records }: HostedZone): Body {
  return {
    Id: `/hostedzone/${id}`,
    Name: name,
    CallerReference: id,
    Config: { Comment: comment, PrivateZone: true },
    ResourceRecordSetCount: records.size,
  };
}

function delegation({ name, records }: HostedZone): Body {
  return { NameServers: records.get(`${name} NS`)?.values.map((server) => server.replace(/\.$/, '')) ?? [] };
}

function recordBody({ name, type, ttl, values }: DnsRecord): Record<string, Body> {
  return { Name: name, Type: type, TTL: ttl, ResourceRecords: values.map((Value) => ({ Value })) };
}
