import { UserError } from '../errors/index.ts';
import { ApiProxy } from './kubernetes/api-proxy.ts';
import { apiAddress } from './machines/addresses.ts';

const numbers = { first: 2, last: 250 };

/**
 * Takes the first free number for this sandbox, by listening on its API address: no two get the same one, and a dead
 * one's is free again.
 */
export async function claimAddresses(): Promise<{ number: number; proxy: ApiProxy }> {
  for (let number = numbers.first; number <= numbers.last; number += 1) {
    try {
      return { number, proxy: await ApiProxy.listen(apiAddress(number), 6443) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') continue;
      throw new UserError(`can't listen on ${apiAddress(number)}: ${code}`, {
        fix: 'a sandbox needs the whole loopback network 127.0.0.0/8 to answer, as it does on Linux',
        cause: error,
      });
    }
  }
  throw new UserError('every number for a sandbox is taken', { fix: 'stop one: kubezero sandbox stop' });
}
