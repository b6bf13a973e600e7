import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Cluster and member that etcd data belongs to, in hexadecimal as etcd prints them. */
export interface EtcdIds {
  cluster: string;
  member: string;
}

/** The log that etcd begins with; later ones go on where it ends. */
const firstLog = '0000000000000000-0000000000000000.wal';

/**
 * Ids of the etcd data in a directory (with `member/wal`); undefined where none was ever written: not even a log, or the
 * first one of all, ending after the three records which etcd writes as it makes the file. @throws Error where it can't be read.
 */
export function idsOfData(directory: string): EtcdIds | undefined {
  const wal = join(directory, 'member/wal');
  let names: string[];
  try {
    names = readdirSync(wal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [first] = names.filter((name) => name.endsWith('.wal')).sort();
  if (first === undefined) return undefined;
  const log = readFileSync(join(wal, first));
  const ids = readIds(log);
  return first !== firstLog || records(log, 4)[3]?.length ? ids : undefined;
}

/**
 * Ids in the head of a write-ahead log: a record with a checksum, then one of type 1 whose data are member id (field 1)
 * and cluster id (field 2). Before each record stands its length in eight bytes, little endian; the last of them says by how
 * much the record is padded.
 */
export function readIds(wal: Buffer): EtcdIds {
  const [, second] = records(wal, 2);
  const type = fields(second ?? Buffer.alloc(0));
  const data = type.get(3);
  if (type.get(1) !== 1n || !Buffer.isBuffer(data)) throw new Error('the write-ahead log doesn’t begin with metadata');
  const ids = fields(data);
  const hex = (field: number) => {
    const value = ids.get(field);
    if (typeof value !== 'bigint') throw new Error('the write-ahead log’s metadata lack an id');
    return value.toString(16);
  };
  return { member: hex(1), cluster: hex(2) };
}

/** The first `count` records of a log; of no length where nothing was written. */
function records(wal: Buffer, count: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 8 <= wal.length && found.length < count; ) {
    const length = Number(wal.readBigUInt64LE(at) & 0x00ff_ffff_ffff_ffffn);
    const last = wal[at + 7] ?? 0;
    const padding = last >= 0x80 ? last & 7 : 0;
    found.push(wal.subarray(at + 8, at + 8 + length));
    at += 8 + length + padding;
  }
  return found;
}

/** Fields of a protocol buffer message: numbers, and what has a length. */
function fields(message: Buffer): Map<number, bigint | Buffer> {
  const found = new Map<number, bigint | Buffer>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; at < message.length; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = Number(varint());
    if ((tag & 7) === 0) found.set(tag >> 3, varint());
    else if ((tag & 7) === 2) {
      const length = Number(varint());
      found.set(tag >> 3, message.subarray(at, at + length));
      at += length;
    } else throw new Error(`unknown field in the write-ahead log: ${tag}`);
  }
  return found;
}
