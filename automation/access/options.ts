export interface KubeconfigCommandOptions {
  env: string;
  /** File to merge it into, instead of printing it. */
  write?: string;
  /** How to log in; absent: aws-iam-authenticator where that is on. */
  login?: 'certificate' | 'aws-iam-authenticator';
  /** Stay, and lead to an API server through Session Manager. */
  tunnel: boolean;
  /** Port of this machine for `tunnel`; absent: a free one. */
  port?: number;
  /** Be the credential plugin: print a certificate for a Kubernetes client. */
  credential: boolean;
  /** Bucket and region of `credential`, so that no stack need be read. */
  bucket?: string;
  region?: string;
}
