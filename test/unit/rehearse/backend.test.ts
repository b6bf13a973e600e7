import { expect, it } from 'vitest';
import { backendOf } from '../../../automation/operations/rehearse/backend.ts';

it('is what the command line says', () => {
  expect(backendOf({ backend: 'file' })).toEqual({ kind: 'file' });
  expect(backendOf({ backend: 's3', backendDelay: 40, backendBandwidth: 100 })).toEqual({
    kind: 's3',
    delay: 40,
    bandwidth: 100,
  });
});

it.each([
  [{ backend: 'file', backendDelay: 40 } as const, '--backend-delay is about --backend s3, and the state is in files'],
  [{ backend: 's3', backendBandwidth: 0 } as const, '--backend-bandwidth is "0"'],
  [{ backend: 's3', backendDelay: Number.NaN } as const, '--backend-delay is "NaN"'],
])('is refused where it can’t be: %j', (options, message) => {
  expect(() => backendOf(options)).toThrow(message);
});
