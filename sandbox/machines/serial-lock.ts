/** Lets one at a time through, in the order they came. */
export class SerialLock {
  private last: Promise<void> = Promise.resolve();

  /** Resolves with the function that lets the next one through; calling it twice is fine. */
  async acquire(): Promise<() => void> {
    const before = this.last;
    let release = () => {};
    this.last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}
