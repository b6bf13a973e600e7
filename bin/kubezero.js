#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
import { builtEntry } from './build.js';

process.setSourceMapsEnabled(true);

let entry;
try {
  entry = await builtEntry();
} catch (error) {
  if (error.code === 'ERR_MODULE_NOT_FOUND') {
    process.stderr.write('error: the packages of kubezero are not installed\n  fix: run `npm ci` in its checkout\n');
    process.exit(2);
  }
  throw error;
}
const { main } = await import(pathToFileURL(entry).href);
await main(process.argv.slice(2));
