import { constants, gunzipSync, gzipSync } from 'node:zlib';

/** EC2 takes no more user data than this, before base64. */
export const userDataLimit = 16_384;

/**
 * User data as a launch template has it: base64, and compressed where it would be too large (cloud-init knows by its
 * first bytes). Compressed the same on every machine and version of Node: the search for repetitions, which differs
 * between builds of zlib, is left out, and the header doesn't name the operating system. Otherwise a preview on
 * another machine would show changed launch templates.
 * @throws Error where even that is too large.
 */
export function encodeUserData(text: string): string {
  const plain = Buffer.from(text);
  if (plain.length <= userDataLimit) return plain.toString('base64');
  const packed = gzipSync(plain, { level: 9, memLevel: 9, strategy: constants.Z_HUFFMAN_ONLY });
  const operatingSystem = 9;
  packed[operatingSystem] = 255;
  if (packed.length > userDataLimit)
    throw new Error(`user data has ${packed.length} bytes compressed, EC2 takes ${userDataLimit}`);
  return packed.toString('base64');
}

/** The text of a launch template's user data. */
export function decodeUserData(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
}
