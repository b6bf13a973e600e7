import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeDesiredState } from '../../../automation/engine/configuration.ts';

let directory: string;
const file = () => join(directory, 'Pulumi.demo-modules.yaml');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'configuration-'));
});

describe('a layer’s desired state', () => {
  it('is written into its stack’s Pulumi configuration', () => {
    writeDesiredState(directory, 'demo-modules', { releases: { logging: '1.22' }, crds: { logging: '1.22' } });
    expect(readFileSync(file(), 'utf8')).toBe(
      'config:\n  kubezero:releases:\n    logging: "1.22"\n  kubezero:crds:\n    logging: "1.22"\n',
    );
  });

  it('leaves secrets, salt and comments as they are', () => {
    const before =
      '# who looks after it: platform\nencryptionsalt: v1:abc=\nconfig:\n  kubezero:password:\n    secure: v1:xyz\n';
    writeFileSync(file(), before);
    writeDesiredState(directory, 'demo-modules', { releases: {}, crds: {} });
    expect(readFileSync(file(), 'utf8').startsWith(before)).toBe(true);
  });

  it('doesn’t touch a file that already says so', () => {
    writeFileSync(file(), "config:\n  kubezero:releases: {logging: '1.22'}   # by hand\n  kubezero:crds: {}\n");
    const before = readFileSync(file(), 'utf8');
    writeDesiredState(directory, 'demo-modules', { releases: { logging: '1.22' }, crds: {} });
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });
});
