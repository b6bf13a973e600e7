/** Route 53 by its REST API, as the AWS CLI of the machines calls it. */
export type Dns = ReturnType<typeof dnsOf>;

interface Change {
  action: string;
  name: string;
  type: string;
  values: string[];
}

export function dnsOf(endpointUrl: string) {
  const xmlns = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"';
  const scope = 'test/20220519/us-east-1/route53/aws4_request';
  const call = async (method: string, path: string, body?: string): Promise<string> => {
    const response = await fetch(`${endpointUrl}/2013-04-01/${path}`, {
      method,
      body,
      headers: {
        'content-type': 'application/xml',
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  };
  const first = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';

  return {
    /** Makes a hosted zone; its id. */
    zone: async (name: string) => {
      const request = `<CreateHostedZoneRequest ${xmlns}><Name>${name}</Name><CallerReference>${name}</CallerReference></CreateHostedZoneRequest>`;
      return first(await call('POST', 'hostedzone', request), 'Id').replace('/hostedzone/', '');
    },
    change: async (zone: string, ...changes: Change[]) => {
      const texts = changes.map(({ action, name, type, values }) => {
        const records = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join('');
        const set = `<Name>${name}</Name><Type>${type}</Type><TTL>10</TTL><ResourceRecords>${records}</ResourceRecords>`;
        return `<Change><Action>${action}</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change>`;
      });
      const batch = `<ChangeBatch><Changes>${texts.join('')}</Changes></ChangeBatch>`;
      const request = `<ChangeResourceRecordSetsRequest ${xmlns}>${batch}</ChangeResourceRecordSetsRequest>`;
      const answer = await call('POST', `hostedzone/${zone}/rrset`, request);
      return { id: first(answer, 'Id').replace('/change/', ''), status: first(answer, 'Status') };
    },
    status: async (change: string) => first(await call('GET', `change/${change}`), 'Status'),
    /** Values by `<name> <type>`. */
    records: async (zone: string): Promise<Record<string, string[]>> => {
      const answer = await call('GET', `hostedzone/${zone}/rrset`);
      const sets = [...answer.matchAll(/<ResourceRecordSet>([\s\S]*?)<\/ResourceRecordSet>/g)].map(
        ([, set = '']) => set,
      );
      return Object.fromEntries(
        sets.map((set) => [
          `${first(set, 'Name')} ${first(set, 'Type')}`,
          [...set.matchAll(/<Value>([^<]*)<\/Value>/g)].map(([, value = '']) => value.replaceAll('&quot;', '"')),
        ]),
      );
    },
  };
}
