import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isServerOf } from '../../../automation/access/reach.ts';
import { NoWay, openTunnel, type TunnelOptions } from '../../../automation/access/tunnel.ts';
import { createAuthority, type KeyPair } from '../../../certificates/index.ts';
import { type FakeApi, fakeApiServer, fakeSessionTools } from './fake-session.ts';

const apiHost = 'kube-api.demo.example.com';
let directory: string;
let authority: KeyPair;
let api: FakeApi;
let tools: ReturnType<typeof fakeSessionTools>;

beforeAll(async () => {
  authority = await createAuthority('kubernetes');
  api = await fakeApiServer(authority, apiHost);
});
afterAll(() => api.stop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-tunnel-'));
  tools = fakeSessionTools(directory);
  vi.stubEnv('PATH', `${tools.path}:${dirname(process.execPath)}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const options = (more: Partial<TunnelOptions> = {}): TunnelOptions => ({
  environment: 'demo',
  region: 'eu-central-1',
  apiHost,
  ca: authority.cert,
  controllers: async () => ['i-a', 'i-b'],
  ...more,
});
const reached = (port: number) => isServerOf(authority.cert, { host: '127.0.0.1', port, servername: apiHost });

describe('a tunnel', () => {
  it('leads to the API server of a controller, until it is closed', async () => {
    tools.lead({ 'i-a': api.port });
    const tunnel = await openTunnel(options());
    expect(await reached(tunnel.port)).toEqual({ ok: true });
    const args = JSON.parse(readFileSync(join(tools.path, 'calls'), 'utf8').trim());
    const parameters = `{"portNumber":["6443"],"localPortNumber":["${tunnel.port}"]}`;
    expect(args).toEqual([
      ...['ssm', 'start-session', '--region', 'eu-central-1', '--target', 'i-a'],
      ...['--document-name', 'AWS-StartPortForwardingSession', '--parameters', parameters],
    ]);
    await tunnel.close();
    expect(await refuses(tunnel.port)).toBe(true);
  });

  it('takes the next controller where one isn’t connected', async () => {
    tools.lead({ 'i-a': 'TargetNotConnected', 'i-b': api.port });
    const tunnel = await openTunnel(options());
    expect(await reached(tunnel.port)).toEqual({ ok: true });
    await tunnel.close();
  });

  it('finds another way, on the same port, when its session ends', async () => {
    tools.lead({ 'i-a': api.port, 'i-b': 'TargetNotConnected' });
    const changes: string[] = [];
    const tunnel = await openTunnel(options({ onChange: (what) => changes.push(what) }));
    tools.lead({ 'i-a': 'TargetNotConnected', 'i-b': api.port });
    // As when the machine is gone: what listens here ends by itself.
    process.kill(Number(readFileSync(join(tools.path, 'pid'), 'utf8')));
    await vi.waitFor(() => expect(changes).toHaveLength(2), { timeout: 15_000, interval: 100 });
    expect(changes).toEqual([
      expect.stringMatching(/^the way through i-a is lost \(.+\): looking for another one$/),
      'the API is reached through i-b now',
    ]);
    expect(await reached(tunnel.port)).toEqual({ ok: true });
    await tunnel.close();
  });
});

describe('there is none', () => {
  it('where no controller leads anywhere: each is named with what AWS says', async () => {
    tools.lead({ 'i-a': 'TargetNotConnected', 'i-b': 'AccessDeniedException' });
    const error = await openTunnel(options()).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(NoWay);
    expect(error).toMatchObject({
      message: expect.stringMatching(/i-a: An error occurred \(TargetNotConnected\)[^\n]*\n {2}i-b: .*AccessDenied/),
      where: 'demo/environment.yaml: access.ssm',
      fix: expect.stringContaining('ssm:StartSession'),
      exitCode: 4,
    });
  });

  it('where no controller runs', async () => {
    await expect(openTunnel(options({ controllers: async () => [] }))).rejects.toThrow('no controller is running');
  });

  it.each([
    ['', 'aws and session-manager-plugin, which aren’t on PATH'],
    ['aws', 'session-manager-plugin, which isn’t on PATH'],
  ])('where a tool is missing (there is: %s)', async (there, message) => {
    if (there) rmSync(join(tools.path, 'session-manager-plugin'));
    vi.stubEnv('PATH', there ? tools.path : directory);
    await expect(openTunnel(options())).rejects.toMatchObject({
      message: `access through Session Manager needs ${message}`,
      state: 'nothing was changed',
      fix: expect.stringContaining('install'),
    });
  });
});

/** Nothing listens there. */
function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
