import { generalValues, refusedGeneralKeys } from '../modules/general.ts';
import { modules } from '../modules/index.ts';
import { releases } from '../releases/index.ts';
import { optionalModuleIds, releaseIds } from '../releases/release.ts';
import { page, prose, table } from './markdown.ts';
import { keysTable, link, refusedTable } from './module-page.ts';
import { keysAcrossReleases } from './schema-keys.ts';

const known = Object.values(releases);

/** docs/modules/README.md: every module, and the keys that belong to none. */
export function indexPage(): string {
  const optional: readonly string[] = optionalModuleIds;
  const rows = (of: typeof modules) =>
    of.map(({ id, purpose, releases: having }) => [link(id), prose(purpose), having.join(', ')]);
  return page([
    '<!-- Made by `npm run docs` from modules/: edit there. -->',
    '# Modules',
    'Each has a page with its values, versions and objects. All are off unless application.yaml switches them on.',
    table(['module', 'what it is', 'releases'], rows(modules.filter(({ id }) => !optional.includes(id)))),
    'These KubeZero’s users install as charts of their own; here they are modules like the others:',
    table(['module', 'what it is', 'releases'], rows(modules.filter(({ id }) => optional.includes(id)))),
    'Modules are deployed in this order. Keys that KubeZero has and that are refused here are listed on [one page](refused.md), with the reasons.',
    '## Keys that belong to no module',
    'At the top of `spec.source.helm.values` of application.yaml.',
    keysTable(keysAcrossReleases(generalValues, known), releaseIds),
  ]);
}

/** docs/modules/refused.md: the refused keys of all modules. */
export function refusedPage(): string {
  return page([
    '<!-- Made by `npm run docs` from modules/: edit there. -->',
    '# Refused keys',
    'Keys of KubeZero’s own values that this project doesn’t take. Whatever is below them is refused too; the message is the one given here, with the line and column in application.yaml.',
    '## Keys that belong to no module',
    refusedTable(refusedGeneralKeys, releaseIds),
    ...modules
      .filter(({ refused }) => refused.length > 0)
      .flatMap(({ id, refused, releases: having }) => [`## ${id}`, refusedTable(refused, having)]),
  ]);
}
