import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';

/** Lines of a file. */
const limits = { file: 300, median: 120 };

const sizes = filesIn('.').map((file) => ({
  file,
  lines: readFileSync(join(repositoryRoot, file), 'utf8').trimEnd().split('\n').length,
}));

describe('files are short, tests as well', () => {
  it(`none has more than ${limits.file} lines`, () => {
    expect(sizes.filter(({ lines }) => lines > limits.file)).toEqual([]);
  });

  it(`most have fewer than ${limits.median}`, () => {
    const sorted = sizes.map(({ lines }) => lines).sort((one, other) => one - other);
    expect(sorted.length).toBeGreaterThan(500);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(limits.median);
  });
});

/** What is TypeScript in a directory of the repository; not what is built or installed. */
function filesIn(directory: string): string[] {
  return readdirSync(join(repositoryRoot, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return entry.name.endsWith('.ts') ? [path] : [];
    return entry.name.startsWith('.') || ['node_modules', 'dist'].includes(entry.name) ? [] : filesIn(path);
  });
}
