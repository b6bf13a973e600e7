/** A file on a machine, as cloud-init's `write_files` takes it. */
export interface MachineFile {
  path: string;
  content: string;
  /** Octal, quoted; default 0644. */
  permissions?: string;
}
