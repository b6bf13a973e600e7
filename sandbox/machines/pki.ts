import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// The certificate library is built on decorators, which want this polyfill loaded first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

/** A certificate and its private key, PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const yearMilliseconds = 365 * 24 * 3600 * 1000;

async function newKeys(): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const imported = {
    privateKey: await webcrypto.subtle.importKey(
      'pkcs8',
      privateKey.export({ type: 'pkcs8', format: 'der' }),
      algorithm,
      true,
      ['sign'],
    ),
    publicKey: await webcrypto.subtle.importKey(
      'spki',
      publicKey.export({ type: 'spki', format: 'der' }),
      algorithm,
      true,
      ['verify'],
    ),
  };
  return { keys: imported, pem };
}

function serial(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex');
}

/** Makes a certificate authority of that common name, valid for ten years like kubeadm's. */
export async function createAuthority(commonName: string): Promise<KeyPair> {
  const { keys, pem } = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `00${serial()}`,
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 10 * yearMilliseconds),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: pem };
}

export interface LeafOptions {
  commonName: string;
  /** Group of a Kubernetes client certificate. */
  organization?: string;
  dnsNames?: string[];
  usage: 'client' | 'server';
}

/** Issues a certificate for a client or a server, valid for a year. */
export async function issue(authority: KeyPair, options: LeafOptions): Promise<KeyPair> {
  const { keys, pem } = await newKeys();
  const ca = new x509.X509Certificate(authority.cert);
  const signingKey = await importSigningKey(authority.key);
  const subject = `${options.organization ? `O=${options.organization}, ` : ''}CN=${options.commonName}`;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `00${serial()}`,
    subject,
    issuer: ca.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + yearMilliseconds),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([
        options.usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
      ]),
      ...(options.dnsNames?.length
        ? [new x509.SubjectAlternativeNameExtension(options.dnsNames.map((value) => ({ type: 'dns' as const, value })))]
        : []),
    ],
  });
  return { cert: certificate.toString('pem'), key: pem };
}

async function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

/** Files of the PKI that all controllers of a cluster share, below /etc/kubernetes/pki. */
export const sharedPkiFiles = [
  'ca.crt',
  'ca.key',
  'etcd/ca.crt',
  'etcd/ca.key',
  'front-proxy-ca.crt',
  'front-proxy-ca.key',
  'sa.key',
  'sa.pub',
] as const;

/**
 * Makes the CAs and service account keys of the cluster, as `kubeadm init phase certs` would on the first controller.
 * They are made when the sandbox starts, so that its kubeconfig is good from the start; the first controller takes them
 * from here where a real one would make its own.
 */
export async function createSharedPki(directory: string): Promise<void> {
  mkdirSync(join(directory, 'etcd'), { recursive: true });
  const write = (name: string, content: string) => writeFileSync(join(directory, name), content, { mode: 0o600 });
  const authorities = { ca: 'kubernetes', 'etcd/ca': 'etcd-ca', 'front-proxy-ca': 'front-proxy-ca' };
  for (const [file, commonName] of Object.entries(authorities)) {
    const pair = await createAuthority(commonName);
    write(`${file}.crt`, pair.cert);
    write(`${file}.key`, pair.key);
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  write('sa.key', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  write('sa.pub', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());
}

/** The authority of that name (`ca`, `etcd/ca`, `front-proxy-ca`) in a PKI directory. */
export function readAuthority(directory: string, name: string): KeyPair {
  return {
    cert: readFileSync(join(directory, `${name}.crt`), 'utf8'),
    key: readFileSync(join(directory, `${name}.key`), 'utf8'),
  };
}
