import { describe, expect, it } from 'vitest';
import { type GateOptions, passGate } from '../../../automation/live/gates/gate.ts';
import type { Wait } from '../../../automation/live/kubernetes/health.ts';
import { UserError } from '../../../errors/index.ts';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';

const crash: Wait = {
  object: 'Pod shop/checkout-1',
  reason: 'CrashLoopBackOff',
  pod: { namespace: 'shop', name: 'checkout-1' },
};
const operator: Wait = {
  object: 'Pod logging/elastic-operator-0',
  reason: 'CrashLoopBackOff',
  pod: { namespace: 'logging', name: 'elastic-operator-0' },
};

function options(part: Partial<GateOptions> = {}): GateOptions {
  return {
    issues: upgrade.knownIssues,
    tolerance: async () => ({
      started: new Set(['logging']),
      finished: new Set(),
      moduleUpgraded: () => true,
      deployments: [],
    }),
    timeoutSeconds: 30,
    crashSeconds: 30,
    onWait: () => undefined,
    onTolerated: () => undefined,
    ...part,
  };
}

/** A gate whose checks give these results one after the other, the last one for ever. */
function gate(...looks: (Wait[] | Error)[]) {
  let look = 0;
  return {
    name: 'all pods running',
    check: async () => {
      const result = looks[Math.min(look++, looks.length - 1)]!;
      if (result instanceof Error) throw result;
      return result;
    },
    looks: () => look,
  };
}

describe('a gate', () => {
  it('opens only when its condition holds twice in a row', async () => {
    const flapping = gate([], [crash], [], []);
    await passGate(flapping, options());
    expect(flapping.looks()).toBe(4);
  });

  it('opens with a known issue present, and says which it tolerated', async () => {
    expect([...(await passGate(gate([operator]), options()))]).toEqual(['elastic-operator']);
  });

  it('stops at a crash loop that no known issue explains, naming pod and reason', async () => {
    const failure = await passGate(gate([crash, operator]), options({ crashSeconds: 0.5 })).catch((error) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain('Pod shop/checkout-1: CrashLoopBackOff');
    expect(failure.message).not.toContain('elastic-operator');
    expect(failure.where).toBe('Pod shop/checkout-1');
  });

  it('gives up after its time, naming what it waited for', async () => {
    const node: Wait = { object: 'Node a', reason: 'NotReady' };
    await expect(passGate(gate([node]), options({ timeoutSeconds: 0.5 }))).rejects.toThrow(/Node a: NotReady/);
  });

  it('waits through an API server that is away', async () => {
    const waits: string[] = [];
    const away = gate(new Error('connect ECONNREFUSED'), [], []);
    await passGate(away, options({ onWait: (seen) => waits.push(...seen.map((w) => `${w.object}: ${w.reason}`)) }));
    expect(waits).toEqual(['API server: connect ECONNREFUSED']);
  });

  it('ends at once when the run is interrupted', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new UserError('interrupted')), 50);
    await expect(passGate(gate([crash]), options({ signal: abort.signal }))).rejects.toThrow();
  });
});
