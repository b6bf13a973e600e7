import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';

/** A certificate and its private key, PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** How certificates are signed, as kubeadm's are. */
export const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** A new RSA key: for the certificate library, and as PEM (PKCS #1, as kubeadm writes it). */
export async function newKeys(): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    pem,
    keys: {
      privateKey: await importSigningKey(pem),
      publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    },
  };
}

/** A private key for the certificate library. @throws where it is no RSA key in PEM. */
export async function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

/** Keys that service account tokens are signed and verified with, PEM. */
export function newServiceAccountKeys(): { private: string; public: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    private: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    public: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** A serial number: positive, 64 random bits. */
export function serial(): string {
  return `00${Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex')}`;
}
