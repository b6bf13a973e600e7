import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors/index.ts';
import { repositoryRoot } from '../repository/root.ts';
import { pages } from './pages.ts';

try {
  const written = pages();
  for (const [path, text] of written) {
    mkdirSync(dirname(join(repositoryRoot, path)), { recursive: true });
    writeFileSync(join(repositoryRoot, path), text);
  }
  for (const name of readdirSync(join(repositoryRoot, 'docs/modules'))) {
    if (!written.has(`docs/modules/${name}`)) rmSync(join(repositoryRoot, 'docs/modules', name));
  }
  console.log(`${written.size} pages in docs/`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`${error.message}\n${error.fix}`);
  process.exitCode = error.exitCode;
}
