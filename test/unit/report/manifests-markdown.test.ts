import { describe, expect, it } from 'vitest';
import { type ManifestDiff, manifestsMarkdown } from '../../../automation/report/manifests-markdown.ts';

function change(operation: ManifestDiff['operation'], name: string, lines: string[] = []): ManifestDiff {
  const diff = ['--- a/x', '+++ b/x', '@@ -1 +1 @@', ...lines].join('\n');
  return { operation, module: 'metrics', object: `Deployment/monitoring/${name}`, diff };
}

describe('manifests in a pull request comment', () => {
  it('shows what goes first, the diff of what changes, and what comes', () => {
    const text = manifestsMarkdown(
      [change('create', 'new'), change('update', 'grafana', ['-replicas: 1', '+replicas: 2']), change('delete', 'old')],
      10_000,
    );
    expect(text).toContain('<summary>manifests for ArgoCD: 3 objects change</summary>');
    expect(text).toContain(
      [
        '```diff',
        '- delete metrics: Deployment/monitoring/old',
        '! update metrics: Deployment/monitoring/grafana',
        '@@ -1 +1 @@',
        '-replicas: 1',
        '+replicas: 2',
        '+ create metrics: Deployment/monitoring/new',
        '```',
      ].join('\n'),
    );
  });

  it('is nothing where nothing changes', () => {
    expect(manifestsMarkdown([], 10_000)).toBe('');
  });

  it('leaves whole objects out where there is no room, and says how many', () => {
    const many = Array.from({ length: 50 }, (_, index) => change('update', `d${index}`, ['+x'.repeat(50)]));
    const text = manifestsMarkdown(many, 2_000);
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(text).toMatch(/\d+ more objects/);
  });
});
