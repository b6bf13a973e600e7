import { afterEach, describe, expect, it } from 'vitest';
import type { Event } from '../../../automation/report/events.ts';
import { redact, redacting } from '../../../automation/report/redacting.ts';

const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc+/=\n-----END RSA PRIVATE KEY-----';

describe('redact', () => {
  it.each([
    ['a private key', `before ${key} after`, 'before [secret] after'],
    ['a private key escaped in JSON', `{"key":${JSON.stringify(key)}}`, '{"key":"[secret]"}'],
    ['a private key escaped twice', JSON.stringify(JSON.stringify(key)), '"\\"[secret]\\""'],
    ['a private key cut off', '-----BEGIN PRIVATE KEY-----\nMIIE', '[secret]'],
    ['a private key in base64', `data: ${Buffer.from(key).toString('base64')}`, 'data: [secret]'],
    [
      'an EC key in base64',
      `data: ${Buffer.from('-----BEGIN EC PRIVATE KEY-----\nab').toString('base64')}`,
      'data: [secret]',
    ],
    ['an access key id', 'using AKIAIOSFODNN7EXAMPLE now', 'using [secret] now'],
    [
      'a secret access key',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = [secret]',
    ],
    ['one in JSON', '{"secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}', '{"secretAccessKey":"[secret]"}'],
    [
      'one in an environment',
      'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY x',
      'AWS_SECRET_ACCESS_KEY=[secret] x',
    ],
    ['a passphrase', 'PULUMI_CONFIG_PASSPHRASE=correct-horse', 'PULUMI_CONFIG_PASSPHRASE=[secret]'],
  ])('takes out %s', (_what, text, expected) => {
    expect(redact(text, [])).toBe(expected);
  });

  it('leaves what is public: certificates, ARNs, ids, words', () => {
    const text =
      '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE----- arn:aws:iam::111122223333:role/x i-0abc the passphrase was wrong';
    expect(redact(text, [])).toBe(text);
  });

  it('takes out registered values, also escaped in JSON and in base64', () => {
    const secret = 'pass"word\nof two lines';
    const text = `${secret} ${JSON.stringify({ secret })} ${Buffer.from(secret).toString('base64')}`;
    expect(redact(text, [secret])).toBe('[secret] {"secret":"[secret]"} [secret]');
  });

  it('does not blank out words for a value that is no more than one', () => {
    expect(redact('test the demo', ['demo', ''])).toBe('test the demo');
  });
});

describe('a redacting sink', () => {
  const secrets = new Set<string>();
  afterEach(() => secrets.clear());

  it('cleans every string of an event, also for secrets that come later', () => {
    const seen: Event[] = [];
    const sink = redacting((event) => void seen.push(event), secrets);
    secrets.add('hunter2-hunter2');
    sink({
      type: 'gate-waiting',
      step: 'x',
      gate: 'y',
      waits: [{ object: 'Secret hunter2-hunter2', reason: key }],
      at: '2026-01-02T01:00:00.000Z',
    });
    expect(seen).toEqual([
      {
        type: 'gate-waiting',
        step: 'x',
        gate: 'y',
        waits: [{ object: 'Secret [secret]', reason: '[secret]' }],
        at: '2026-01-02T01:00:00.000Z',
      },
    ]);
  });
});
