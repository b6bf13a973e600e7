/** A file on a machine, as its installer puts it there. */
export interface MachineFile {
  path: string;
  content: string;
  /** Octal, quoted; default 0644. */
  permissions?: string;
}
