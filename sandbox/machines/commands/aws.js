#!/usr/bin/env node
// Stands in for the AWS CLI in pods on controllers, where there is no Python to run the real one: the calls that scripts
// in pods make, with the CLI's words and exit codes. What it doesn't know it refuses, as the CLI refuses what it doesn't.
import { readFileSync } from 'node:fs';

const calls = {
  'put-object': { operation: 'PutObject', method: 'PUT', options: ['bucket', 'key', 'body'] },
  'head-object': { operation: 'HeadObject', method: 'HEAD', options: ['bucket', 'key', 'query', 'output'] },
};

const [service = '', name = '', ...rest] = process.argv.slice(2);
const call = service === 's3api' ? calls[name] : undefined;
if (!call) usage(`argument operation: Invalid choice: ${service} ${name}`);
const { bucket, key, body, query, output } = parse(rest);
if (!bucket || !key) usage('the following arguments are required: --bucket, --key');
if (query && (query !== 'ContentLength' || output !== 'text')) usage(`only ContentLength is known as text: ${query}`);
const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
if (!region) end(253, 'You must specify a region. You can also configure your region by running "aws configure".');
const identity = process.env.AWS_ACCESS_KEY_ID || process.env.AWS_ROLE_ARN;
if (!identity) end(253, 'Unable to locate credentials. You can configure credentials by running "aws configure".');

const url = new URL(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, process.env.AWS_ENDPOINT_URL);
// The sandbox's endpoint looks at whose it is and for which service, not at the signature.
const scope = `${encodeURIComponent(identity)}/20220101/${region}/s3/aws4_request`;
const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
const response = await send(readBody());
if (!response.ok) {
  const text = await response.text();
  const word = (tag) => new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text)?.[1];
  // A HEAD has no body that could name the error.
  const code = word('Code') ?? response.status;
  const message = word('Message') ?? response.statusText;
  end(254, `An error occurred (${code}) when calling the ${call.operation} operation: ${message}`);
}
const length = response.headers.get('content-length');
const answer = {
  ETag: response.headers.get('etag'),
  ...(call.method === 'HEAD' ? { ContentLength: Number(length) } : {}),
};
process.stdout.write(query ? `${length}\n` : `${JSON.stringify(answer)}\n`);

/** As often as AWS_MAX_ATTEMPTS says where the service can't answer now. */
async function send(content) {
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt >= Number(process.env.AWS_MAX_ATTEMPTS || 3);
    try {
      const answered = await fetch(url, { method: call.method, body: content, headers: { authorization } });
      if (last || (answered.status < 500 && answered.status !== 429)) return answered;
    } catch (error) {
      if (last) end(255, `Could not connect to the endpoint URL: "${url}" (${error.cause?.code ?? error.message})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
  }
}

function readBody() {
  if (call.method !== 'PUT') return undefined;
  if (!body) usage('the following arguments are required: --body');
  try {
    return readFileSync(body);
  } catch {
    return end(255, "Error parsing parameter '--body': Blob values must be a path to a file.");
  }
}

function parse(args) {
  const found = {};
  for (let index = 0; index < args.length; index += 2) {
    const option = args[index].replace(/^--/, '');
    if (!call.options.includes(option)) usage(`Unknown options: ${args[index]}`);
    found[option] = args[index + 1] ?? usage(`argument ${args[index]}: expected one argument`);
  }
  return found;
}

function usage(message) {
  end(252, `usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\naws: error: ${message}`);
}

function end(code, message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(code);
}
