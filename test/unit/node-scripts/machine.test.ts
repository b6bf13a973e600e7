import { describe, expect, it } from 'vitest';
import { onEachShell } from './machine.ts';
import { cliSays } from './stand-ins.ts';

onEachShell('what all steps have in common', (machine) => {
  it('reads flat values of the description, and the controllers in their order', () => {
    const { output } = machine('a').shellOf('field region; field apiEndpoint; field nonsense; controllers');
    expect(output).toBe(
      'eu-central-1\nkube-api.demo.example.com:6443\ndemo-controller-a\ndemo-controller-b\ndemo-controller-c\n',
    );
  });

  it('notes a fact for the steps after it, in place of an older one', () => {
    const one = machine('a');
    one.shellOf(`note ETCD_SERVERS old; note ETCD_SERVERS 'https://x:2379,https://y:2379'`);
    expect(one.shellOf('echo "$ETCD_SERVERS"').output).toBe('https://x:2379,https://y:2379\n');
    expect(one.read('run/kubezero/instance.env')?.match(/ETCD_SERVERS/g)).toHaveLength(1);
  });

  it('logs to the console, and keeps the last line for the state', () => {
    const one = machine('a');
    one.write('dev/console', '');
    const { ok, output } = one.shellOf('fail "volume vol-1 is in use"; echo never');
    expect(ok).toBe(false);
    expect(output).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ kubezero try: volume vol-1 is in use\n$/);
    expect(one.read('dev/console')).toBe('kubezero try: volume vol-1 is in use\n');
    expect(one.read('run/kubezero/message')).toBe('volume vol-1 is in use\n');
  });

  it('waits until a command succeeds, and fails after so many tries', () => {
    const one = machine('a');
    const { ok, output } = one.shellOf(
      'n=0; third() { n=$((n + 1)); [ "$n" = 3 ]; }; wait_for 5 7 it third; wait_for 4 2 "the moon" false',
    );
    expect(ok).toBe(false);
    expect(output).toContain('still waiting for the moon');
    expect(one.calls('sleep')).toEqual(['7', '7', '2', '2', '2']);
  });

  describe('asking the bucket for an object', () => {
    const get = (one: ReturnType<typeof machine>) =>
      one.shellOf('if s3_get some/key "$RUN/object"; then echo there; else echo absent; fi');

    it('gets it', () => {
      const one = machine('a');
      one.store('some/key', 'content\n');
      expect(get(one)).toEqual({ ok: true, output: 'there\n' });
      expect(one.read('run/kubezero/object')).toBe('content\n');
    });

    it('knows that it is absent only by the answer that says so', () => {
      const one = machine('a');
      expect(get(one)).toEqual({ ok: true, output: 'absent\n' });
      expect(one.has('run/kubezero/object')).toBe(false);
    });

    it.each(Object.entries(cliSays))('ends the step where it is %s: an error is not absence', (_case, text) => {
      const one = machine('a');
      one.fault('get-object', text);
      const { ok, output } = get(one);
      expect(ok).toBe(false);
      expect(output).toContain('cannot read s3://demo-backup-111122223333/k8s/demo/some/key');
      expect(output).toContain(text);
      expect(output).not.toContain('absent');
    });

    it('keeps what it had where it fails', () => {
      const one = machine('a');
      one.write('run/kubezero/object', 'older\n');
      one.fault('get-object', cliSays.busy);
      get(one);
      expect(one.read('run/kubezero/object')).toBe('older\n');
    });
  });

  describe('storing an object where there is none', () => {
    const create = (one: ReturnType<typeof machine>) => {
      one.write('run/kubezero/object', 'mine\n');
      return one.shellOf('if s3_create some/key "$RUN/object"; then echo stored; else echo there; fi');
    };

    it('stores it, on the condition that there is none', () => {
      const one = machine('a');
      expect(create(one).output).toBe('stored\n');
      expect(one.stored('some/key')).toBe('mine\n');
      expect(one.calls('aws')).toEqual([expect.stringContaining('--if-none-match *')]);
    });

    it('leaves one alone that is there, even one that came meanwhile', () => {
      const one = machine('a');
      one.write(
        'before/put-object',
        `mkdir -p "$(dirname "$root/s3/$bucket/$key")"; echo theirs > "$root/s3/$bucket/$key"\n`,
      );
      expect(create(one).output).toBe('there\n');
      expect(one.stored('some/key')).toBe('theirs\n');
    });

    it.each(Object.entries(cliSays))('ends the step where the bucket is %s', (_case, text) => {
      const one = machine('a');
      one.fault('put-object', text);
      const { ok, output } = create(one);
      expect(ok).toBe(false);
      expect(output).toContain('cannot write s3://demo-backup-111122223333/k8s/demo/some/key');
    });

    describe('with a CLI that knows no conditions (1.22)', () => {
      const old = () => {
        const one = machine('a');
        one.write('old-cli', '');
        return one;
      };

      it('looks first, then stores', () => {
        const one = old();
        expect(create(one).output).toBe('stored\n');
        expect(one.stored('some/key')).toBe('mine\n');
        expect(one.calls('aws').map((call) => call.split(' ')[1])).toEqual(['put-object', 'head-object', 'put-object']);
      });

      it('leaves one alone that is there', () => {
        const one = old();
        one.store('some/key', 'theirs\n');
        expect(create(one).output).toBe('there\n');
        expect(one.stored('some/key')).toBe('theirs\n');
      });

      it('stores nothing where it can’t look', () => {
        const one = old();
        one.fault('head-object', 'An error occurred (403) when calling the HeadObject operation: Forbidden');
        const { ok, output } = create(one);
        expect(ok).toBe(false);
        expect(output).toContain('cannot look for');
        expect(one.stored('some/key')).toBeUndefined();
      });
    });
  });
});
