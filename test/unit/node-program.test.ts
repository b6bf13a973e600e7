import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { controllerProgram } from '../../infra/node/boot-program.ts';
import { isProgram, packProgram, unpackProgram } from '../../infra/node/installer.ts';
import { readScript } from '../../infra/node/scripts.ts';
import { controllerUserData } from '../../infra/node/user-data.ts';
import { type ReleaseId, releaseIds } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { controllerB, demoAt } from './node-fixture.ts';
import { controller, linesOf, scripts, scriptsOf, textOf, worker } from './user-data-fixture.ts';

describe('the program of controllers', () => {
  const { content, digest } = controllerProgram();
  const files = unpackProgram(content);

  it('is the scripts as they are in the repository, comments included', () => {
    for (const { path, content, permissions } of files) {
      expect(content).toBe(readScript(path.slice(scripts.length)));
      expect(permissions).toBe('0755');
    }
    expect(scriptsOf(files)).toHaveLength(files.length);
  });

  it('is one text, whatever the machine, environment and release', () => {
    expect(controllerProgram()).toEqual({ content, digest });
    expect(packProgram(files)).toBe(content);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(content).not.toMatch(/demo|1\.2[12]\.\d/);
  });

  it('is shell that parses, and is told apart from other texts', () => {
    expect(() => execFileSync('sh', ['-n'], { input: content, stdio: 'pipe' })).not.toThrow();
    expect(isProgram(content)).toBe(true);
    expect(isProgram(textOf('controller', '1.22'))).toBe(false);
    expect(() => unpackProgram('#!/bin/sh\necho\n')).toThrow('no boot program of KubeZero’s');
  });
});

describe.each(releaseIds)('user data at %s', (release) => {
  it('is small: under 10 KB, also with long names and all options', () => {
    for (const text of [textOf('worker', release), textOf('controller', release), largestOf(release)])
      expect(text.length).toBeLessThan(10_000);
  });
});

/** As long as names, zones and options get that a controller's user data depends on. */
function largestOf(release: ReleaseId): string {
  const cluster = demoAt(release);
  const region = 'ap-southeast-2';
  const name = 'a-name-of-20-letters';
  const domain = `kubernetes.${'production-platform.'.repeat(3)}example-company.com.au`;
  const environment = {
    ...cluster.environment,
    name,
    region,
    domain,
    apiHost: `kubernetes-api-servers.${domain}`,
    awsIamAuthenticator: {
      enabled: true,
      adminRole: `arn:aws:iam::111122223333:role/${'an-administrator-'.repeat(3)}`,
    },
    controllers: {
      ...cluster.environment.controllers,
      instanceType: 'inf1.24xlarge',
      zones: ['a', 'b', 'c', 'd', 'e'].map((letter) => region + letter),
    },
  };
  const network = {
    ...cluster.network,
    environment: name,
    region,
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    apiEndpoint: `kubernetes-api-servers.${domain}:6443`,
    backupBucket: `${name}-backup-111122223333`,
    oidcIssuer: `https://s3.${region}.amazonaws.com/${name}-oidc-111122223333/k8s/${name}`,
  };
  const place = { ...controllerB, zone: `${region}b`, nodeName: `${name}-controller-b` };
  return controllerUserData({ ...cluster, environment, network }, place);
}

describe('scripts of machines', () => {
  const names = readdirSync(join(repositoryRoot, 'infra/node/scripts'));

  it.each(names)('%s is POSIX shell', (name) => {
    execFileSync('sh', ['-n', join(repositoryRoot, 'infra/node/scripts', name)]);
    expect(readScript(name)).toMatch(/^#( shellcheck shell=sh|!\/bin\/sh)\n# /);
  });

  it('are all part of somebody’s user data or program', () => {
    const brought = [
      ...controller('1.22'),
      ...worker('1.22', 'general'),
      ...unpackProgram(controllerProgram().content),
    ];
    const travelling = scriptsOf(brought);
    const files = travelling.map((name) => (name.endsWith('.sh') ? name : `${name}.sh`));
    expect(names.filter((name) => !files.includes(name))).toEqual([]);
  });

  it('that are missing are named', () => {
    expect(() => readScript('nowhere')).toThrow('"nowhere" can\'t be read from infra/node/scripts/nowhere.sh');
  });

  it('travel in user data without comments and indentation, but for here-documents', () => {
    const requirements = linesOf(controller('1.22'), `${scripts}requirements`);
    expect(requirements.filter((line) => /^\s*#|^\s|^$/.test(line))).toEqual(['#!/bin/sh']);
    expect(linesOf(worker('1.22', 'general'), `${scripts}join`)).toContain('    server: https://$(field apiEndpoint)');
  });
});
