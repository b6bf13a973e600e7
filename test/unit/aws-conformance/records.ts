import { expect, vi } from 'vitest';
import type { Behaviour } from './behaviour.ts';

const a = (action: string, name: string, ...values: string[]) => ({ action, name, type: 'A', values });

/** Records of a hosted zone. */
export function recordBehaviours(behaviour: Behaviour): void {
  behaviour('keeps records of a zone', async ({ dns }) => {
    const zone = await dns.zone('demo.example.com');
    await dns.change(zone, a('UPSERT', 'api.demo.example.com', '10.0.1.10'));
    await dns.change(zone, a('UPSERT', 'api.demo.example.com', '10.0.1.10', '10.0.2.10'), {
      action: 'UPSERT',
      name: 'api.demo.example.com',
      type: 'TXT',
      values: ['"heritage=external-dns"'],
    });
    const records = {
      'api.demo.example.com. A': ['10.0.1.10', '10.0.2.10'],
      'api.demo.example.com. TXT': ['"heritage=external-dns"'],
    };
    expect(await dns.records(zone)).toMatchObject(records);
  });

  behaviour('makes all changes to a zone that are asked for at once, or none', async ({ dns }) => {
    const zone = await dns.zone('whole.example.com');
    await dns.change(zone, a('UPSERT', 'api.whole.example.com', '10.0.1.10'));
    await expect(
      dns.change(
        zone,
        a('UPSERT', 'b.whole.example.com', '10.0.1.11'),
        a('CREATE', 'api.whole.example.com', '10.0.1.1'),
      ),
    ).rejects.toThrow('InvalidChangeBatch');
    expect(Object.keys(await dns.records(zone))).not.toContain('b.whole.example.com. A');
  });

  behaviour('knows no hosted zone by the id of another', async ({ dns }) => {
    await expect(dns.change('Z0NOBODY', a('UPSERT', 'a.demo.example.com', '10.0.1.10'))).rejects.toThrow(
      'NoSuchHostedZone',
    );
  });

  behaviour('takes a moment to serve a changed record', async ({ dns }) => {
    const zone = await dns.zone('slow.example.com');
    const record = { action: 'UPSERT', name: 'a.slow.example.com', type: 'A', values: ['10.0.1.10'] };
    const change = await dns.change(zone, record);
    expect(change.status).toBe('PENDING');
    await vi.waitFor(async () => expect(await dns.status(change.id)).toBe('INSYNC'), 5000);
  });
}
