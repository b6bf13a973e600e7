/**
 * Which names say that their value is a secret: keys of values and manifests, environment variables, options. Judged by their
 * last words, since that is what a name is about: `passwordFile` is a file, `tokenSecretName` a name.
 */

/** Secret whatever stands before it. */
const last = new Set([
  'apikey',
  'apitoken',
  'accesstoken',
  'authtoken',
  'bearertoken',
  'clientsecret',
  'connectionstring',
  'credential',
  'credentials',
  'cookie',
  'creds',
  'dockercfg',
  'dockerconfigjson',
  'dsn',
  'htpasswd',
  'masterauth',
  'pass',
  'passphrase',
  'passphrases',
  'passwd',
  'password',
  'passwords',
  'privatekey',
  'psk',
  'pwd',
  'requirepass',
  'secret',
  'secretkey',
  'secrets',
  'sharedkey',
  'token',
  'tokens',
  'webhookurl',
]);

/** Secret as a pair of last words. */
const lastTwo = new Set([
  ...[
    'access',
    'account',
    'api',
    'auth',
    'certificate',
    'client',
    'cookie',
    'encryption',
    'hmac',
    'jwt',
    'license',
    'master',
  ].map((word) => `${word} key`),
  ...['private', 'secret', 'session', 'shared', 'signing', 'ssh', 'storage', 'tls', 'unseal', 'webhook'].map(
    (word) => `${word} key`,
  ),
  ...['password', 'passwd', 'passphrase', 'secret', 'token'].flatMap((word) => [`${word} hash`, `${word} value`]),
  'basic auth',
  'client key data',
  'connection string',
  'id rsa',
  'id ed25519',
  'key data',
  'key pem',
  'recovery codes',
  'secret binary',
  'secret string',
  'webhook url',
]);

/** What only looks like one: names of Secret objects, settings about tokens, and etcd’s `initial-cluster-token`, a name. */
const harmless = new Set([
  ...[
    'ca',
    'cert',
    'certificate',
    'credentials',
    'existing',
    'from',
    'keystore',
    'password',
    'pull',
    'ssl',
    'tls',
    'truststore',
  ].map((word) => `${word} secret`),
  ...['existing', 'pull'].map((word) => `${word} secrets`),
  'cluster token',
  'http tokens',
  'max tokens',
  // The id of an AWS key pair's public half, and what EC2 calls an SSH key.
  'access key id',
]);

/** Whether a key of this name holds a secret, rather than the name, place or properties of one. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const ends = (count: number) => words.slice(-count).join(' ');
  if (harmless.has(ends(2)) || harmless.has(ends(3))) return false;
  if (words.length === 1 && words[0] === 'auth') return true;
  return last.has(ends(1)) || lastTwo.has(ends(2)) || lastTwo.has(ends(3));
}

/** `AWS_SECRET_ACCESS_KEY`, `clientSecret`, `client-key-data`, `tls.key` in lower-case words. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** Whether what is below a key of this name is secret too: `auth` and the like have settings beside the secret. */
export function holdsSecrets(name: string): boolean {
  return isSecretName(name) && !/auth$/i.test(name);
}

/** Keys below a secret one whose values tell which secret is meant, not what it is: `secretKeyRef: { name, key }`. */
const references = new Set([
  'apiversion',
  'audience',
  'authtype',
  'defaultmode',
  'enabled',
  'expirationseconds',
  'group',
  'items',
  'key',
  'kind',
  'labels',
  'mode',
  'name',
  'namespace',
  'optional',
  'path',
  'ref',
  'region',
  'secretname',
  'secretref',
  'type',
  'url',
  'user',
  'username',
]);

/** Whether a key inside of something secret only says whose secret it is or where it lies. */
export function isReference(name: string): boolean {
  return references.has(name.toLowerCase()) || /(?:ref|refs|name|names|file|path)$/i.test(name);
}
