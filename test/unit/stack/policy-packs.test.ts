import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchersOf, withPolicyPacks } from '../../../automation/engine/policy-packs.ts';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import { repositoryRoot } from '../../../repository/root.ts';

const house = join(repositoryRoot, 'test/engine/policy-pack');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-packs-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function environmentWith(...policyPacks: string[]): Environment {
  return { ...loadEnvironment('demo', join(repositoryRoot, 'stacks')), directory, policyPacks };
}

function pack(name: string, project: string): string {
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, 'PulumiPolicy.yaml'), project);
  return name;
}

describe('policy packs of an environment', () => {
  it('are looked for from the environments directory, those of the command line from where it is run', () => {
    const own = pack('own', 'name: own\nruntime: python\n');
    const { policyPacks } = withPolicyPacks(environmentWith(own), [house]);
    expect(policyPacks).toEqual([join(directory, 'own'), house]);
  });

  it.each([
    ['one that isn’t there', () => 'missing', /^there is no policy pack at /],
    [
      'a directory that is none',
      () => {
        mkdirSync(join(directory, 'empty'));
        return 'empty';
      },
      /has no PulumiPolicy.yaml$/,
    ],
    ['one whose packages aren’t installed', () => pack('bare', 'name: bare\nruntime: nodejs\n'), /lacks its packages$/],
  ])('are refused before anything runs: %s', (_, make, message) => {
    const expected = {
      message: expect.stringMatching(message),
      exitCode: 3,
      where: 'demo/environment.yaml: policyPacks',
    };
    expect(() => withPolicyPacks(environmentWith(make()))).toThrow(expect.objectContaining(expected));
  });
});

describe('a policy pack for Node.js', () => {
  it('is started by a file of its own, which a second run uses again', () => {
    const [file] = launchersOf([house], directory) as [string];
    expect(statSync(file).mode & 0o111).not.toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(process.execPath);
    expect(launchersOf([house], directory)).toEqual([file]);
  });

  it('leaves packs of other runtimes to the engine', () => {
    const other = join(directory, pack('python', 'name: p\nruntime:\n  name: python\n'));
    expect(launchersOf([other], directory)).toEqual([other]);
  });
});
