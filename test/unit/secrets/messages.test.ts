import { describe, expect, it } from 'vitest';
import { explainEngineError } from '../../../automation/engine/errors.ts';
import { readYaml } from '../../../environment/yaml-source.ts';
import { checkValues } from '../../../modules/values.ts';
import { releases } from '../../../releases/index.ts';
import { isSecretName } from '../../../secrets/secret-names.ts';
import { maskText } from '../../../secrets/texts.ts';

const problems = (values: Record<string, unknown>) =>
  checkValues(values, releases['1.21']).problems.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('messages about wrong values', () => {
  it('don’t quote one whose key says that it is secret', () => {
    expect(problems({ logging: { elastic_password: 20261125 } })).toEqual([
      'logging.elastic_password: expected a text; found a number that isn’t shown',
    ]);
    expect(problems({ logging: { elastic_password: ['hunter2-hunter2'] } }).join()).not.toContain('hunter2');
    expect(problems({ logging: { fullnameOverride: 7 } })).toEqual([
      'logging.fullnameOverride: expected a text; found 7',
    ]);
  });

  it('don’t quote a password that YAML takes for an alias', () => {
    const [problem] = readYaml('password: *hunter2\n', 'x.yaml').broken;
    expect(problem?.message).toMatch(/^a value that begins with \* is an alias/);
    expect(readYaml('a: *b\n', 'x.yaml').broken[0]?.message).toContain('*b has no anchor');
  });

  it('say which property the API server refuses, not its value', () => {
    const said = `Secret "x" is invalid: data[password]: Invalid value: "hunter2": must be base64`;
    expect(maskText(said)).toBe('Secret "x" is invalid: data[password]: Invalid value: "[secret]": must be base64');
  });

  it('pass errors on that aren’t the engine’s', () => {
    const error = new Error('x');
    expect(explainEngineError(error, 'demo-network', 'demo')).toBe(error);
  });
});

describe('names of secrets', () => {
  it.each(
    'password PASSWD dbPassword DB_PASSWORD elastic_password admin-password smtpPass secret clientSecret AWS_SECRET_ACCESS_KEY aws_session_token GITHUB_TOKEN bearerToken apiKey api_key privateKey sshPrivateKey signing_key sharedKey client-key-data passphrase restic.passphrase credentials connectionString .dockerconfigjson rabbitmqErlangCookie tls.key'.split(
      ' ',
    ),
  )('%s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(
    'secretName existingSecret existingSecretPasswordKey tokenSecretName secretRef secretKeyRef imagePullSecrets passwordFile PULUMI_CONFIG_PASSPHRASE_FILE usePasswordFiles key keyName kmsKeyId publicKey httpTokens tokenReviewer passwordLength certificate-authority-data client-certificate-data username author keys monkey compass AWS_ACCESS_KEY_ID initial-cluster-token credentialsSecret'.split(
      ' ',
    ),
  )('not %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
