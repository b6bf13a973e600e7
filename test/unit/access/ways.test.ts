import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { foresee, waysIn } from '../../../automation/access/ways.ts';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { fakeSessionTools } from './fake-session.ts';

const demo = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
const withNetworks = (apiAllowedCidrs: string[]): Environment => ({
  ...demo,
  network: { ...demo.network, apiAllowedCidrs },
});
const withSsm: Environment = { ...demo, access: { ssm: true } };

interface World {
  environment?: Environment;
  /** Layers that are deployed. */
  deployed?: string[];
  /** Why the API servers aren't reached; absent: they are. */
  why?: string;
  seesZone?: boolean;
}

function look({ environment = demo, deployed = [], why, seesZone = false }: World) {
  const outputs = async (layer: string) => (deployed.includes(layer) ? {} : undefined);
  return foresee({
    environment,
    stacks: { outputs } as never,
    look: {
      reach: async () => (why ? { ok: false, why } : { ok: true }),
      seesPrivateZone: async () => seesZone,
    },
  });
}

const unknownName = 'ENOTFOUND: the name kube-api.demo.example.com isn’t known here';
const silence = 'ETIMEDOUT: kube-api.demo.example.com (10.0.0.9:6443) doesn’t answer';
const both = ['network', 'controllers'];

describe('before the first change it is known', () => {
  it.each<[string, World]>([
    ['that the API servers are reached', { deployed: both }],
    ['that this machine asks the VPC’s resolver', { deployed: ['network'], seesZone: true }],
    ['that it does so, though no API server is up', { deployed: both, why: unknownName, seesZone: true }],
  ])('%s: nothing is said', async (_what, world) => {
    expect(await look(world)).toBeUndefined();
  });

  it.each<[string, World, RegExp]>([
    ['the network doesn’t exist yet, and no other is let in', {}, /they are in a VPC that doesn’t exist yet/],
    [
      'the network’s names aren’t known here',
      { deployed: ['network'] },
      /the names of demo\.example\.com aren’t known here/,
    ],
    ['the API servers’ name isn’t', { deployed: both, why: unknownName }, /ENOTFOUND: the name kube-api/],
    [
      'it isn’t, whatever networks are let in',
      { environment: withNetworks(['10.9.0.0/16']), deployed: both, why: unknownName },
      /ENOTFOUND/,
    ],
  ])('that there is no way, where %s: it stops', async (_what, world, message) => {
    await expect(look(world)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(message),
      where: 'demo/environment.yaml: access, network.apiAllowedCidrs',
      state: 'nothing was changed',
      fix: expect.stringMatching(/access: \{ ssm: true \}.*inside the VPC.*KUBECONFIG/),
      exitCode: 4,
    });
  });

  it('that the network alone can be brought up, where it doesn’t exist yet', async () => {
    await expect(look({})).rejects.toMatchObject({ fix: expect.stringContaining('kubezero up demo --layer network') });
  });
});

describe('what can’t be known is said, and no hindrance', () => {
  it('whether a network that is let in is this one', async () => {
    expect(await look({ environment: withNetworks(['10.9.0.0/16']) })).toMatch(/isn’t known yet/);
  });

  it('whether machines that don’t answer are down', async () => {
    expect(await look({ deployed: both, why: silence })).toMatch(/isn’t known yet \(ETIMEDOUT/);
  });
});

describe('with Session Manager', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubezero-ways-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  it('there is a way from anywhere, with its tools', async () => {
    vi.stubEnv('PATH', fakeSessionTools(directory).path);
    expect(await look({ environment: withSsm })).toBeUndefined();
  });

  it('there is none without them', async () => {
    vi.stubEnv('PATH', directory);
    await expect(look({ environment: withSsm })).rejects.toMatchObject({
      message: 'access through Session Manager needs aws and session-manager-plugin, which aren’t on PATH',
      state: 'nothing was changed',
    });
  });

  it('nobody is told to switch it on', () => {
    expect(waysIn(withSsm).join()).not.toContain('ssm');
  });
});
