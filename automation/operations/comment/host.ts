/** A comment of ours on a pull or merge request. */
export interface Comment {
  id: number;
  body: string;
  /** Where people see it; absent where the host doesn't say. */
  url?: string;
}

/** A pull or merge request on one of the hosts, as far as a sticky comment needs it. */
export interface ReviewRequest {
  host: 'GitHub' | 'GitLab';
  /** What to call it, e.g. `pull request acme/clusters#12`. */
  name: string;
  /** Most characters of a comment; the host refuses more. */
  limit: number;
  /** Commit that was previewed, where the pipeline says so. */
  commit?: string;
  /** Where this run is to be seen. */
  runUrl?: string;
  /**
   * Someone else's copy of the repository, or a bot that hosts treat as one: its pipelines get no secrets and a token that
   * only reads, so that not being allowed to write is as it should be.
   */
  withoutSecrets: boolean;
  /** Newest commit of the request now. */
  head(): Promise<string>;
  /** All comments on it that this identity may have written, oldest first. */
  comments(): Promise<Comment[]>;
  create(body: string): Promise<Comment>;
  update(id: number, body: string): Promise<Comment>;
  remove(id: number): Promise<void>;
}

/** The host refused to let this pipeline do it: the token is missing, or may not. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';
}
