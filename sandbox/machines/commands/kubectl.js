#!/usr/bin/env node
// Stands in for kubectl in pods on controllers, where the toolchain of ordinary rehearsals has none: `get configmap` and
// `patch deployment` by the kubeconfig that KUBECONFIG names. What it doesn't know it refuses.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse, stringify } from 'yaml';

const kinds = {
  configmap: '/api/v1/namespaces/NAMESPACE/configmaps',
  deployment: '/apis/apps/v1/namespaces/NAMESPACE/deployments',
};
const values = ['-n', '-o', '--patch-file', '--kubeconfig'];
const flags = ['--ignore-not-found'];
const options = {};
const words = [];
const args = process.argv.slice(2);
for (let index = 0; index < args.length; index += 1) {
  const argument = args[index];
  if (values.includes(argument)) {
    index += 1;
    options[argument] = args[index] ?? fail(`flag needs an argument: ${argument}`);
  } else if (flags.includes(argument)) options[argument] = true;
  else if (argument.startsWith('-')) fail(`unknown flag: ${argument}`);
  else words.push(argument);
}
const [verb = '', kind = '', name = '', ...more] = words;
if (!kinds[kind]) fail(`the server doesn't have a resource type "${kind}"`);
if (!name || more.length > 0) fail('exactly one name is required');
const access = readKubeconfig(options['--kubeconfig'] ?? process.env.KUBECONFIG ?? '');
const path = `${kinds[kind].replace('NAMESPACE', options['-n'] ?? 'default')}/${name}`;

if (verb === 'get') {
  const { status, body } = await send('GET');
  if (status === 404 && options['--ignore-not-found']) process.exit(0);
  const object = accepted(status, body);
  if (options['-o'] === 'name') process.stdout.write(`${kind}/${name}\n`);
  else if (options['-o'] === 'yaml') process.stdout.write(stringify(object, { lineWidth: 0 }));
  else fail(`unable to match a printer suitable for the output format "${options['-o'] ?? ''}"`);
} else if (verb === 'patch') {
  const patch = parse(readFileSync(options['--patch-file'] ?? fail('must specify --patch or --patch-file'), 'utf8'));
  const { status, body } = await send('PATCH', JSON.stringify(patch));
  accepted(status, body);
  process.stdout.write(`${kind}/${name} patched\n`);
} else fail(`unknown command "${verb}" for "kubectl"`);

function readKubeconfig(file) {
  let config;
  try {
    config = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    fail(`error loading config file "${file}": ${error.message}`);
  }
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  const { hostname, port } = new URL(cluster.server);
  const decode = (text) => Buffer.from(text ?? '', 'base64');
  return {
    host: hostname,
    port,
    servername: cluster['tls-server-name'] ?? hostname,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  };
}

function send(method, content) {
  return new Promise((resolve) => {
    const headers = content ? { 'content-type': 'application/strategic-merge-patch+json' } : {};
    const sent = request({ ...access, method, path, headers, timeout: 30_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    sent.on('timeout', () => sent.destroy(new Error('i/o timeout')));
    sent.on('error', (error) => fail(`Unable to connect to the server: ${error.message}`));
    sent.end(content);
  });
}

function accepted(status, body) {
  if (status >= 200 && status < 300) return JSON.parse(body);
  let message = body;
  let reason = `${status}`;
  try {
    ({ message = body, reason = reason } = JSON.parse(body));
  } catch {
    // Not the API's own words.
  }
  fail(`Error from server (${reason}): ${message}`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
