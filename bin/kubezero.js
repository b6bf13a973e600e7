#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
import { builtEntry, sourceEntry } from './build.js';

process.setSourceMapsEnabled(true);

const { main } = await loadMain();
await main(process.argv.slice(2));

async function loadMain() {
  try {
    return await import(pathToFileURL(await builtEntry()).href);
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') {
      process.stderr.write(
        `error: a package kubezero needs is not installed: ${error.message}\n  fix: run \`npm ci\` in its checkout\n`,
      );
      process.exit(4);
    }
    // One file that doesn't bundle must not take every command down: run from the sources, where only what needs it fails.
    if (!Array.isArray(error.errors)) throw error;
    const [first] = error.errors;
    const where = first?.location ? `${first.location.file}:${first.location.line}: ` : '';
    process.stderr.write(`warning: the sources don't bundle, so this runs slowly: ${where}${first?.text}\n`);
    const { register } = await import('tsx/esm/api');
    register();
    return import(pathToFileURL(sourceEntry).href);
  }
}
