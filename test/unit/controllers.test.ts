import { type MockResourceArgs, setMocks } from '@pulumi/pulumi/runtime/mocks.js';
import { disconnect } from '@pulumi/pulumi/runtime/settings.js';
import { beforeAll, expect, it } from 'vitest';
import { Controllers } from '../../infra/controllers/controllers.ts';
import { controllerProgram } from '../../infra/node/boot-program.ts';
import { unpackInstaller } from '../../infra/node/installer.ts';
import { demoAt } from './node-fixture.ts';

const made: MockResourceArgs[] = [];
const ofType = (type: string) => made.filter((resource) => resource.type === type);

beforeAll(async () => {
  setMocks({
    newResource: async (args) => {
      // What doesn't wait for it is there before it.
      if (args.type.startsWith('aws:s3/')) await new Promise((done) => setTimeout(done, 300));
      made.push(args);
      return { id: `${args.name}-id`, state: { ...args.inputs, arn: `arn:${args.name}` } };
    },
    call: () => ({}),
  });
  const { environment, network, release } = demoAt('1.22');
  const zones = ['a', 'b', 'c'].map((letter) => [`eu-central-1${letter}`, `subnet-${letter}`]);
  const placed = { ...network, privateSubnetIds: Object.fromEntries(zones) };
  new Controllers('demo', { environment, network: placed, release, imageId: 'ami-1' });
  await disconnect();
});

it('the controllers layer puts the program of controllers into the cluster’s folder', () => {
  const { content, digest } = controllerProgram();
  const [program, ...others] = ofType('aws:s3/bucketObjectv2:BucketObjectv2');
  expect(others).toEqual([]);
  expect(program?.inputs).toEqual({
    bucket: 'demo-backup-111122223333',
    key: `k8s/demo/boot/${digest}`,
    content,
    contentType: 'text/x-shellscript; charset=utf-8',
  });
});

it('launch templates, which have its digest, come after it', () => {
  const templates = ofType('aws:ec2/launchTemplate:LaunchTemplate');
  expect(templates).toHaveLength(3);
  expect(made.findIndex(({ type }) => type.startsWith('aws:s3/'))).toBeLessThan(made.indexOf(templates[0]!));
  for (const { inputs } of templates) {
    const files = unpackInstaller(Buffer.from(inputs.userData, 'base64').toString());
    const [digest] = files.filter(({ path }) => path === '/etc/kubezero/program').map(({ content }) => content);
    expect(digest).toBe(`${controllerProgram().digest}\n`);
  }
});
