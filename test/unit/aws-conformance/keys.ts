import { expect } from 'vitest';
import { base64, type Kms } from '../aws-kms.ts';
import type { Behaviour } from './behaviour.ts';

/** Keys as secrets in the state of stacks are encrypted with. */
export function keyBehaviours(behaviour: Behaviour): void {
  behaviour('decrypts what a key has encrypted, found by id, ARN and alias', async ({ kms }) => {
    const { KeyId, Arn } = await newKey(kms);
    const alias = `alias/${KeyId}`;
    expect(await kms('CreateAlias', { AliasName: alias, TargetKeyId: KeyId })).toMatchObject({ status: 200 });
    for (const name of [KeyId, Arn, alias, Arn.replace(/key\/.*/, alias)]) {
      const { body } = await kms('Encrypt', { KeyId: name, Plaintext: base64('geheim') });
      expect(body.KeyId).toBe(Arn);
      expect(body.CiphertextBlob).not.toContain(base64('geheim'));
      const decrypted = await kms('Decrypt', { CiphertextBlob: body.CiphertextBlob });
      expect(decrypted.body).toMatchObject({ KeyId: Arn, Plaintext: base64('geheim') });
    }
  });

  behaviour('encrypts and decrypts nothing with a key that is disabled', async ({ kms }) => {
    const { KeyId, Arn } = await newKey(kms);
    const { CiphertextBlob } = (await kms('Encrypt', { KeyId, Plaintext: base64('geheim') })).body;
    await kms('DisableKey', { KeyId });
    const disabled = { status: 400, body: { __type: 'DisabledException', message: `${Arn} is disabled.` } };
    expect(await kms('Encrypt', { KeyId, Plaintext: base64('geheim') })).toMatchObject(disabled);
    expect(await kms('Decrypt', { CiphertextBlob })).toMatchObject(disabled);
    await kms('EnableKey', { KeyId });
    expect((await kms('Decrypt', { CiphertextBlob })).body.Plaintext).toBe(base64('geheim'));
  });

  behaviour('says that a key is going to be deleted', async ({ kms }) => {
    const { KeyId, Arn } = await newKey(kms);
    expect((await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })).body.KeyId).toBe(Arn);
    expect((await kms('DescribeKey', { KeyId })).body.KeyMetadata.KeyState).toBe('PendingDeletion');
    expect(await kms('Encrypt', { KeyId, Plaintext: base64('geheim') })).toMatchObject({
      status: 400,
      body: { __type: 'KMSInvalidStateException', message: `${Arn} is pending deletion.` },
    });
  });

  behaviour('says what a key isn’t found by', async ({ kms }) => {
    const { Arn } = await newKey(kms);
    const none = '01234567-89ab-cdef-0123-456789abcdef';
    const refusals = {
      [none]: `Key '${Arn.replace(/[^/]*$/, none)}' does not exist`,
      'alias/none': `Alias ${Arn.replace(/key\/.*/, 'alias/none')} is not found.`,
    };
    for (const [KeyId, message] of Object.entries(refusals))
      expect(await kms('Encrypt', { KeyId, Plaintext: base64('geheim') })).toMatchObject({
        status: 400,
        body: { __type: 'NotFoundException', message },
      });
  });

  behaviour('decrypts only with the context that was encrypted with', async ({ kms }) => {
    const { KeyId } = await newKey(kms);
    const encrypted = await kms('Encrypt', {
      KeyId,
      Plaintext: base64('geheim'),
      EncryptionContext: { stack: 'demo', layer: 'network' },
    });
    const { CiphertextBlob } = encrypted.body;
    const decrypt = (EncryptionContext?: object) => kms('Decrypt', { CiphertextBlob, EncryptionContext });
    expect((await decrypt({ layer: 'network', stack: 'demo' })).body.Plaintext).toBe(base64('geheim'));
    for (const context of [undefined, { stack: 'demo' }, { stack: 'other', layer: 'network' }])
      expect(await decrypt(context)).toMatchObject({ status: 400, body: { __type: 'InvalidCiphertextException' } });
  });
}

async function newKey(kms: Kms): Promise<{ KeyId: string; Arn: string }> {
  return (await kms('CreateKey', { Description: 'state of stacks' })).body.KeyMetadata;
}
