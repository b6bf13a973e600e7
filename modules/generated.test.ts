import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from './definition.ts';
import { generatedFields, makesThingsUp, markGenerated } from './generated.ts';

describe('what a chart makes up', () => {
  const secret = (password: string, user = 'admin'): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login' },
    data: { 'admin-password': password, user },
  });

  it('is where two renderings differ', () => {
    expect(generatedFields(markGenerated(secret('abc'), secret('xyz')))).toEqual(['data["admin-password"]']);
    expect(generatedFields(markGenerated(secret('abc'), secret('abc')))).toEqual([]);
  });

  it('may be a checksum of it, in a list or below a key with a slash', () => {
    const workload = (checksum: string) => ({
      ...secret(''),
      spec: {
        containers: [{ env: [{ value: checksum }] }],
        template: { annotations: { 'checksum/secret': checksum } },
      },
    });
    expect(generatedFields(markGenerated(workload('1'), workload('2')))).toEqual([
      'spec.containers[0].env[0].value',
      'spec.template.annotations["checksum/secret"]',
    ]);
  });

  it('stays known when the object is prepared for delivery', () => {
    const { metadata, ...fields } = markGenerated(secret('abc'), secret('xyz'));
    expect(generatedFields({ ...fields, metadata } as KubernetesObject)).toEqual(['data["admin-password"]']);
  });
});

describe('a chart that may make things up', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-generated-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const chart = (name: string, files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name, file)), { recursive: true });
      writeFileSync(join(directory, name, file), text);
    }
    return makesThingsUp(join(directory, name));
  };

  it('calls such a function in a template, its own or one of a chart inside it', () => {
    expect(chart('password', { 'templates/secret.yaml': 'password: {{ randAlphaNum 10 | b64enc }}' })).toBe(true);
    expect(chart('inner', { 'charts/common/templates/_tls.tpl': '{{- $ca := genCA "ca" 365 }}' })).toBe(true);
  });

  it('isn’t one that only speaks of it', () => {
    expect(chart('plain', { 'templates/a.yaml': 'name: {{ .Values.name }}\nfrom: now-1h' })).toBe(false);
    expect(chart('values', { 'values.yaml': '# {{ randAlphaNum 10 }}', 'templates/a.yaml': '' })).toBe(false);
  });
});
