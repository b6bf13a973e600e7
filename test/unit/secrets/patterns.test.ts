import { expect, test } from 'vitest';
import { shapedSecrets } from '../../../secrets/patterns.ts';

const found = (text: string) => shapedSecrets(text).map(({ start, end }) => text.slice(start, end));
/** That many characters as tokens have them; put together here, so that nobody's scanner takes this file for a leak. */
const some = (length: number, of = 'aB3dE6gH9') => of.repeat(Math.ceil(length / of.length)).slice(0, length);

test.each([
  ['GitHub', `ghp_${some(36)}`],
  ['GitHub, fine-grained', `github_pat_${some(40)}`],
  ['GitLab', `glpat-${some(20)}`],
  ['Slack', `xoxb-${some(24)}`],
  ['Stripe', `sk_live_${some(24)}`],
  ['Google', `AIza${some(35)}`],
  ['npm', `npm_${some(36)}`],
  ['PyPI', `pypi-${some(60)}`],
  ['Pulumi', `pul-${some(40, '0a1b2c')}`],
  ['Vault', `hvs.${some(24)}`],
  ['Docker', `dckr_pat_${some(27)}`],
  ['Grafana', `glsa_${some(32)}`],
  ['SendGrid', `SG.${some(22)}.${some(43)}`],
  ['Terraform Cloud', `${some(14)}.atlasv1.${some(67)}`],
  ['DigitalOcean', `dop_v1_${some(64, '0a1b2c')}`],
  ['Hugging Face', `hf_${some(34)}`],
  ['Databricks', `dapi${some(32, '0a1b2c')}`],
])('a token of %s is known by how it begins', (_maker, token) => {
  for (const text of [token, `token: ${token}`, `{"auth":"${token}"}`, `--key=${token} --more`])
    expect(found(text)).toContain(token);
  // One that is cut off after its beginning is no secret.
  expect(found(token.slice(0, 9))).toEqual([]);
});

test.each(['ghp_', 'glpat-short', 'hf_model', 'dapi', 'an atlasv1 token', 'do_v1', 'registry.npmjs.org/npm_package'])(
  '%s is no token',
  (text) => expect(found(text)).toEqual([]),
);
