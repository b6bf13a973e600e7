/** A call to KMS as SDKs make it, but for the signature. */
export type Kms = ReturnType<typeof kmsOf>;

export interface KmsAnswer {
  status: number;
  /** Fields of the answer, or `__type` and `message` of an error. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any kind
  body: any;
}

/** @param caller  whose keys and which region's endpoint the call is signed for */
export function kmsOf(endpointUrl: string, caller: { region?: string; accessKeyId?: string; token?: string } = {}) {
  const { region = 'eu-central-1', accessKeyId = 'test', token } = caller;
  return async (operation: string, input: Record<string, unknown>): Promise<KmsAnswer> => {
    const response = await fetch(endpointUrl, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20220601/${region}/kms/aws4_request, SignedHeaders=host, Signature=0`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
        ...(token ? { 'x-amz-security-token': token } : {}),
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  };
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');
