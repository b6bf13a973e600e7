import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { Account } from './account.ts';
import { AwsError } from './errors.ts';
import { allows } from './policies.ts';
import { isObject, type Properties } from './provider/values.ts';

/** Whom a token is about, once it is proved. */
export interface WebIdentity {
  /** ARN of the provider that vouches for it. */
  provider: string;
  /** The issuer without `https://`: condition keys begin with it. */
  issuer: string;
  subject: string;
  audience: string;
}

/**
 * Checks a token as AWS does: its issuer is an OpenID Connect provider of the account, and signed it with a key of those
 * in the issuer's documents. Those are in the account's own S3, where AWS reads them without logging in.
 */
export function verifyWebIdentity(account: Account, token: string): WebIdentity {
  const { header, claims, signed, signature } = decode(token);
  for (const claim of ['iss', 'sub', 'aud', 'exp', 'iat'])
    if (claims[claim] === undefined) throw invalid(`Missing a required claim: ${claim}`);
  const issuer = String(claims.iss).replace(/^https:\/\//, '');
  const arn = account.arn('iam', `oidc-provider/${issuer}`, { region: false });
  const provider: Properties | undefined = account.resources
    .get('aws:iam/openIdConnectProvider:OpenIdConnectProvider')
    ?.get(arn);
  if (!provider || claims.iss !== `https://${issuer}`)
    throw invalid(`No OpenIDConnect provider found in your account for ${claims.iss}`);

  const key = publicKeys(account, claims.iss).find(({ kid }) => kid !== undefined && kid === header.kid);
  if (!key || header.alg !== 'RS256' || !isSignedBy(key, signed, signature)) throw unverifiable();

  const now = Math.floor(Date.now() / 1000);
  if (!isAfter(claims.exp, now))
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time${claims.exp}`,
    );
  if (claims.nbf !== undefined && !isAfter(now + 1, claims.nbf))
    throw invalid(`Token is not valid yet: current date/time ${now} must not be before ${claims.nbf}`);
  const clients: string[] = provider.clientIdLists ?? [];
  const audience = [claims.azp ?? claims.aud].flat().find((name) => clients.includes(name));
  if (audience === undefined) throw invalid('Incorrect token audience');
  return { provider: arn, issuer, subject: String(claims.sub), audience };
}

function isAfter(time: unknown, other: unknown): boolean {
  return typeof time === 'number' && typeof other === 'number' && time > other;
}

function decode(token: string): { header: Properties; claims: Properties; signed: Buffer; signature: Buffer } {
  const parts = token.split('.');
  const [header, claims] = parts.slice(0, 2).map((part) => parse(Buffer.from(part, 'base64url')));
  if (parts.length !== 3 || !header || !claims)
    throw invalid('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)');
  const signed = Buffer.from(parts.slice(0, 2).join('.'));
  return { header, claims, signed, signature: Buffer.from(parts[2] ?? '', 'base64url') };
}

/** What AWS demands of an issuer's first document. */
const requiredFields = [
  'issuer',
  'jwks_uri',
  'response_types_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
];

function publicKeys(account: Account, issuer: string): (JsonWebKey & { kid?: string })[] {
  const document = published(account, `${issuer}/.well-known/openid-configuration`);
  if (document.issuer !== issuer || requiredFields.some((field) => document[field] === undefined)) throw unverifiable();
  const { keys } = published(account, String(document.jwks_uri));
  return Array.isArray(keys) ? keys.filter(isObject) : [];
}

/** A document that anybody may read at `https://s3.<region>.amazonaws.com/<bucket>/<key>`. */
function published(account: Account, url: string): Properties {
  const origin = `https://s3.${account.region}.amazonaws.com/`;
  const [bucketName = '', ...rest] = url.startsWith(origin) ? url.slice(origin.length).split('/') : [];
  const key = rest.join('/');
  const object = account.buckets.get(bucketName)?.objects.get(key);
  const document = object && isPublic(account, bucketName, key) ? parse(object.body) : undefined;
  if (!document) throw unverifiable();
  return document;
}

/** New buckets are closed to the public: both is needed, that it is opened and a policy that lets anybody read. */
function isPublic(account: Account, bucket: string, key: string): boolean {
  const setting = (name: string): Properties | undefined =>
    account.resources.get(`aws:s3/bucket${name}:Bucket${name}`)?.get(bucket);
  const block = setting('PublicAccessBlock');
  const policy = setting('Policy')?.policy;
  if (!block || block.restrictPublicBuckets === true || block.blockPublicPolicy === true || !policy) return false;
  return allows(String(policy), { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${key}`, context: {} });
}

function isSignedBy(key: JsonWebKey, signed: Buffer, signature: Buffer): boolean {
  if (key.kty !== 'RSA') return false;
  try {
    return verify('RSA-SHA256', signed, createPublicKey({ key, format: 'jwk' }), signature);
  } catch {
    // No key at all, whatever the document says.
    return false;
  }
}

function parse(body: Buffer): Properties | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message);
}

/** In AWS's own words, with both its spaces. It says the same of a missing document, an unknown key and a wrong signature. */
function unverifiable(): AwsError {
  return invalid(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
}
