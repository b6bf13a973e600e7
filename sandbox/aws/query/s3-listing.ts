import { getBucket, idOf, versionsOf } from '../buckets.ts';
import type { StoredObject } from '../storage.ts';
import { type Answer, xmlAnswer } from './call.ts';
import { escapeXml, xml } from './protocol.ts';
import { notImplemented, type S3Request, s3Namespace as xmlns } from './s3-requests.ts';

/** Keys of a page at most. */
const pageSize = 1000;

/** Version 2 of the listing. Version 1 is refused: its answers look alike and go on differently. */
export function listObjects({ account, bucket: name, query }: S3Request): Answer {
  if (query.get('list-type') !== '2') throw notImplemented();
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? pageSize), pageSize);
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const { objects } = getBucket(account, name);
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const entries = new Map<string, StoredObject | undefined>();
  for (const key of keys) {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry = end < 0 ? key : key.slice(0, end + delimiter.length);
    if (entry > after) entries.set(entry, end < 0 ? objects.get(key) : undefined);
  }
  const page = [...entries].slice(0, limit);
  const truncated = entries.size > page.length;
  const urlEncoded = query.get('encoding-type') === 'url';
  const encode = (key: string) => (urlEncoded ? encodeURIComponent(key).replaceAll('%2F', '/') : escapeXml(key));
  const contents = page.map(([key, object]) =>
    object
      ? `<Contents><Key>${encode(key)}</Key><LastModified>${seconds(object.lastModified).toISOString()}</LastModified><ETag>&quot;${object.etag}&quot;</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`
      : `<CommonPrefixes><Prefix>${encode(key)}</Prefix></CommonPrefixes>`,
  );
  const about = [
    `<Name>${name}</Name><Prefix>${encode(prefix)}</Prefix>`,
    delimiter ? `<Delimiter>${encode(delimiter)}</Delimiter>` : '',
    `<KeyCount>${page.length}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>`,
    urlEncoded ? '<EncodingType>url</EncodingType>' : '',
    truncated ? xml('NextContinuationToken', page.at(-1)?.[0], '') : '',
  ];
  return xmlAnswer(`<ListBucketResult xmlns="${xmlns}">${[...about, ...contents].join('')}</ListBucketResult>`);
}

/** Versions of all objects below a prefix, the newest of each first. Pages aren't made. */
export function listVersions({ account, bucket: name, query }: S3Request): Answer {
  const bucket = getBucket(account, name);
  const prefix = query.get('prefix') ?? '';
  const keys = [...new Set([...bucket.objects.keys(), ...bucket.older.keys()])].filter((key) => key.startsWith(prefix));
  const entries = keys.sort().flatMap((key) =>
    versionsOf(bucket, key).map((version, index) => {
      const about = [
        xml('Key', key, ''),
        xml('VersionId', idOf(version), ''),
        xml('IsLatest', index === 0, ''),
        xml('LastModified', seconds(version.lastModified), ''),
      ].join('');
      if ('deleted' in version) return `<DeleteMarker>${about}</DeleteMarker>`;
      const { body, etag } = version;
      return `<Version>${about}${xml('ETag', `"${etag}"`, '')}<Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Version>`;
    }),
  );
  if (entries.length > pageSize) throw notImplemented();
  const about = `${xml('Name', name, '')}${xml('Prefix', prefix, '')}<MaxKeys>${pageSize}</MaxKeys><IsTruncated>false</IsTruncated>`;
  return xmlAnswer(`<ListVersionsResult xmlns="${xmlns}">${about}${entries.join('')}</ListVersionsResult>`);
}

/** S3 keeps times in whole seconds. */
function seconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
