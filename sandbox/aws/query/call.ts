/** What a request asks of the account. Faults are told which calls they are about by its operation and resource. */
export interface Call {
  /** E.g. `s3:GetObject`. */
  operation: string;
  /** Names of what it is about: a key, a volume and an instance, a group. */
  resource: string;
  /** @throws AwsError */
  answer(): Answer;
}

export interface Answer {
  /** Default: 200. */
  status?: number;
  headers?: Record<string, string | number>;
  body?: string | Buffer;
}

/** An answer in XML. @param content  without the declaration in front of it */
export function xmlAnswer(content: string, headers: Answer['headers'] = {}): Answer {
  return {
    headers: { 'content-type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
  };
}
