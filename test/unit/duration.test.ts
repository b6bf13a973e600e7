import { expect, it } from 'vitest';
import { duration } from '../../errors/duration.ts';

it.each([
  [400, '0.4 s'],
  [19_400, '19 s'],
  [59_600, '1 min 00 s'],
  [171_000, '2 min 51 s'],
  [3_840_000, '1 h 04 min'],
])('%d milliseconds are %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));
