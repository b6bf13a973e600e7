const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 in four bytes, the checksum that SDKs send by default. (`zlib.crc32` is missing in early versions of Node.js 20.) */
export function crc32(content: Buffer): Buffer {
  let value = 0xffffffff;
  // A loop over indexes: this runs over megabytes.
  for (let at = 0; at < content.length; at++)
    value = (table[(value ^ (content[at] as number)) & 0xff] as number) ^ (value >>> 8);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((value ^ 0xffffffff) >>> 0);
  return bytes;
}
