import { UserError } from '../errors/index.ts';
import { generalValues } from '../modules/general.ts';
import { modules } from '../modules/index.ts';
import { releases } from '../releases/index.ts';
import { contributorPage } from './contributor-page.ts';
import { eventsPage } from './events-page.ts';
import { iamPage } from './iam-page.ts';
import { indexPage, refusedPage } from './index-page.ts';
import { jsonSchemas } from './json-schemas.ts';
import { modulePage } from './module-page.ts';
import { sandboxPage } from './sandbox-page.ts';
import { documentedKeys } from './schema-keys.ts';

/**
 * Every page that is made from the code, by its path in the repository.
 * @throws UserError naming the keys of application.yaml that nobody described.
 */
export function pages(): Map<string, string> {
  const silent = undescribed();
  if (silent.length > 0) {
    throw new UserError(`keys of application.yaml without a description:\n  ${silent.join('\n  ')}`, {
      fix: 'give each a `.describe(...)` in the schema of its module',
    });
  }
  return new Map([
    ['docs/modules/README.md', indexPage()],
    ['docs/modules/refused.md', refusedPage()],
    ['docs/contributor.md', contributorPage()],
    ['docs/iam.md', iamPage()],
    ['docs/events.md', eventsPage()],
    ['docs/sandbox.md', sandboxPage()],
    ...jsonSchemas(),
    ...modules.map((module): [string, string] => [`docs/modules/${module.id}.md`, modulePage(module)]),
  ]);
}

/** Keys without a description, as `module: key`. */
export function undescribed(): string[] {
  const all = [
    { id: 'general', values: generalValues, releases: Object.values(releases).map(({ id }) => id) },
    ...modules,
  ];
  const silent = all.flatMap(({ id, values, releases: having }) =>
    having.flatMap((release) =>
      documentedKeys(values, releases[release]!)
        .filter(({ meaning }) => meaning === '')
        .map(({ path }) => `${id}: ${path}`),
    ),
  );
  return [...new Set(silent)];
}
