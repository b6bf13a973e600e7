import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as pulumi from '@pulumi/pulumi';
import server from '@pulumi/pulumi/provider/server.js';
import debuggable from '@pulumi/pulumi/runtime/debuggable.js';
import rpc from '@pulumi/pulumi/runtime/rpc.js';
import settings from '@pulumi/pulumi/runtime/settings.js';
import state from '@pulumi/pulumi/runtime/state.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { expect, it } from 'vitest';
import { deserializeInputs, runFor, serialized } from '../../../pulumi/construct.ts';
import { isMarkedSecret, isUnknown, signatureKey, unknownText } from '../../../pulumi/marks.ts';
import { policyPackProgram } from '../../../pulumi/policy-pack.ts';
import { secretConfiguration } from '../../../pulumi/program.ts';

/** What of the library is relied on without being in its types, by where it is. */
const undeclared = { server, debuggable, settings, state } as unknown as Record<string, Record<string, unknown>>;

it.each([
  ['server', 'deserializeInputs', 2],
  ['state', 'withLocalStorage', 1],
  ['settings', 'awaitFeatureSupport', 0],
  ['settings', 'waitForRPCs', 0],
  ['settings', 'resetOptions', 7],
  ['debuggable', 'debuggablePromise', 2],
])('%s.%s is there, and takes as many arguments as it is given', (module, name, count) => {
  const { [name]: found } = undeclared[module] as Record<string, (...args: unknown[]) => unknown>;
  expect(found).toBeTypeOf('function');
  expect(found!.length).toBeLessThanOrEqual(count);
});

it('the library says whether it was told to look for leaking promises', () => {
  expect(undeclared.debuggable).toHaveProperty('debugPromiseLeaks', false);
});

it('which keys of a configuration are secret can be asked', async () => {
  const caller = {
    ...{ project: 'p', stack: 's', organization: 'o', parallel: 1, dryRun: true, engine: '', monitor: '' },
    configuration: { 'kubezero:open': 'seen', 'kubezero:password': 'hidden' },
    secretKeys: ['kubezero:password'],
  };
  expect(await runFor(caller, async () => secretConfiguration())).toEqual(['hidden']);
});

it('inputs of a call are read, and outputs written, as the engine has them', async () => {
  const inputs = structs.Struct.fromJavaScript({ replicas: 2 });
  expect(await deserializeInputs(inputs, new Map())).toEqual({ replicas: 2 });
  const wire = await serialized('label', { status: pulumi.secret('ready') });
  expect(JSON.stringify(wire)).toContain('ready');
});

it('marks are those that the library writes', () => {
  expect([rpc.unknownValue, rpc.specialSigKey]).toEqual([unknownText, signatureKey]);
  expect(isUnknown(rpc.unknownValue)).toBe(true);
  expect(isMarkedSecret({ [rpc.specialSigKey]: rpc.specialSecretSig, value: 'x' })).toBe(true);
  expect(isMarkedSecret({ [rpc.specialSigKey]: rpc.specialAssetSig })).toBe(false);
});

it('the program that runs policy packs is where their launchers look for it', () => {
  expect(existsSync(createRequire(import.meta.url).resolve(policyPackProgram))).toBe(true);
});
