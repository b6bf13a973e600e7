import { join } from 'node:path';

/*
 * Where the engine and its CLI keep things below PULUMI_HOME.
 */

/** Where the engine looks for a resource plugin; its binary in there is called `pulumi-resource-<name>`. */
export function pluginFolder(home: string, name: string, version: string): string {
  return join(home, 'plugins', `resource-${name}-v${version}`);
}

/** The CLI leaves this file beside a plugin that it didn't finish installing: the folder doesn't count then. */
export function unfinishedMark(folder: string): string {
  return `${folder}.partial`;
}

/** Home of an operator who has said nothing else. */
export function defaultHome(userHome: string): string {
  return join(userHome, '.pulumi');
}

/** What `pulumi login` leaves in it. */
export function loginFile(home: string): string {
  return join(home, 'credentials.json');
}
