/** What else an answer says of an error. */
interface ErrorDetails {
  /** Elements of its body besides code and message. */
  fields?: Record<string, string>;
  headers?: Record<string, string>;
}

/** An error as AWS answers it: the code that clients branch on, and the HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, status = 400, details: ErrorDetails = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}
