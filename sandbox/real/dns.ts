import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_AVAILABLE } from 'dns-packet';

export interface ResolverOptions {
  region: string;
  /** IPv4 addresses of a name (lower case, without its final dot) in the zones of the VPC; none where there is no such name. */
  addressesOf(name: string): string[];
  /** Seconds that an answer may be kept, where the zone doesn't say. */
  ttl?: number;
}

const responseCodes = { noError: 0, formatError: 1, noSuchName: 3, notImplemented: 4 };

/**
 * The VPC's resolver: the account's private zones, and the names that EC2 gives to private addresses, both ways. There is
 * no internet: every other name is none.
 */
export class Resolver {
  private udp = createSocket('udp4');
  private tcp = createServer((socket) => serveTcp(socket, (query) => this.answer(query)));

  constructor(private options: ResolverOptions) {
    this.udp.on('message', (message, { address, port }) => {
      const answer = this.answer(message);
      // Errors are of clients that are gone.
      if (answer) this.udp.send(answer, port, address, () => undefined);
    });
    this.udp.on('error', () => undefined);
  }

  async listen(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.udp.once('error', reject);
      this.udp.bind(port, address, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      this.tcp.once('error', reject);
      this.tcp.listen(port, address, resolve);
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.udp.close(resolve));
    await new Promise((resolve) => this.tcp.close(resolve));
  }

  /** What answers a query; undefined where it can't even be read. */
  answer(query: Buffer): Buffer | undefined {
    let packet: Packet;
    try {
      packet = decode(query);
    } catch {
      return undefined;
    }
    const [question] = packet.questions ?? [];
    const reply = (code: number, answers: Answer[] = []) =>
      encode({
        type: 'response',
        id: packet.id,
        // The lowest four bits are the response code; whether recursion was desired is repeated.
        flags: RECURSION_AVAILABLE | AUTHORITATIVE_ANSWER | ((packet.flags ?? 0) & 0x0100) | code,
        questions: packet.questions ?? [],
        answers,
      });
    if (packet.type !== 'query' || !question) return reply(responseCodes.formatError);
    if ((packet.questions?.length ?? 0) !== 1) return reply(responseCodes.notImplemented);
    const name = question.name.toLowerCase().replace(/\.$/, '');
    const { ttl = 10 } = this.options;
    const pointer = pointerOf(name, this.options.region);
    if (pointer) {
      if (question.type !== 'PTR') return reply(responseCodes.noError);
      return reply(responseCodes.noError, [{ type: 'PTR', name: question.name, ttl: 60, data: pointer }]);
    }
    const addresses = name === 'localhost' ? ['127.0.0.1'] : this.addressesOf(name);
    if (addresses.length === 0) return reply(responseCodes.noSuchName);
    // The name is there, without a record of another type: no answer, and no error.
    if (question.type !== 'A') return reply(responseCodes.noError);
    return reply(
      responseCodes.noError,
      addresses.map((data) => ({ type: 'A', name: question.name, ttl, data })),
    );
  }

  private addressesOf(name: string): string[] {
    const own = /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\.(.+)$/.exec(name);
    if (own && own[5] === privateDomain(this.options.region)) return [own.slice(1, 5).join('.')];
    return this.options.addressesOf(name);
  }
}

/** `ip-10-0-1-10.<this>` */
export function privateDomain(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
}

/** `10.1.0.10.in-addr.arpa` is `ip-10-0-1-10...`; undefined for other names. */
function pointerOf(name: string, region: string): string | undefined {
  const [, labels] = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name) ?? [];
  const parts = labels?.split('.').filter(Boolean).reverse();
  return parts && isPrivate(parts.map(Number)) ? `ip-${parts.join('-')}.${privateDomain(region)}` : undefined;
}

/** Whether a VPC may have the address. */
function isPrivate([first = 0, second = 0]: number[]): boolean {
  return first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168);
}

/** Messages over TCP each come after their length in two bytes. */
function serveTcp(socket: Socket, answer: (query: Buffer) => Buffer | undefined): void {
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const reply = answer(pending.subarray(2, end));
      pending = pending.subarray(end);
      if (!reply) return socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    }
  });
}
