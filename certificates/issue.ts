import { webcrypto } from 'node:crypto';
// The certificate library is built on decorators, which want this polyfill loaded first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { algorithm, importSigningKey, type KeyPair, newKeys, serial } from './keys.ts';

x509.cryptoProvider.set(webcrypto);

const yearMilliseconds = 365 * 24 * 3600 * 1000;
/** Clocks differ: what is issued now is to be good on a machine that is a little behind. Machines refuse to differ more. */
const skewMilliseconds = 5 * 60_000;

/** Makes a certificate authority of that common name, valid for ten years like kubeadm's. */
export async function createAuthority(commonName: string): Promise<KeyPair> {
  const { keys, pem } = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: nameOf({ commonName }),
    notBefore: new Date(Date.now() - skewMilliseconds),
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
  /** Of a Kubernetes client certificate: the user's name. Any text. */
  commonName: string;
  /** Group of a Kubernetes client certificate. */
  organization?: string;
  dnsNames?: string[];
  usage: 'client' | 'server';
  /** How long from now it is good for (default: a year). */
  validMilliseconds?: number;
}

/**
 * Issues a certificate for a client or a server.
 * @throws where the authority isn't a certificate and its RSA key in PEM.
 */
export async function issue(authority: KeyPair, options: LeafOptions): Promise<KeyPair> {
  const { keys, pem } = await newKeys();
  const ca = new x509.X509Certificate(authority.cert);
  const authorityKeyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const { commonName, organization, dnsNames = [], usage, validMilliseconds = yearMilliseconds } = options;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: nameOf({ commonName, organization }),
    // As it is encoded there: Go compares the bytes.
    issuer: ca.subjectName,
    notBefore: new Date(Date.now() - skewMilliseconds),
    notAfter: new Date(Date.now() + validMilliseconds),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importSigningKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([
        usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
      ]),
      ...(authorityKeyId ? [new x509.AuthorityKeyIdentifierExtension(authorityKeyId)] : []),
      ...(dnsNames.length > 0
        ? [new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns' as const, value })))]
        : []),
    ],
  });
  return { cert: certificate.toString('pem'), key: pem };
}

/** Not from one text, in which a comma or an equals sign of a name would end it. */
function nameOf({ commonName, organization }: Pick<LeafOptions, 'commonName' | 'organization'>): x509.Name {
  return new x509.Name([
    ...(organization ? [{ O: [{ utf8String: organization }] }] : []),
    { CN: [{ utf8String: commonName }] },
  ]);
}
