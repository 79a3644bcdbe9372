/** Copies of secrets that one attempt to connect was given, and that are zeroed when it ends, used or not (CRED-12). */
export class AttemptSecrets {
  readonly #copies: Uint8Array[] = [];
  #isOver = false;

  /** Takes over a copy; at once, if the attempt did not wait for it. */
  keep(copy: Uint8Array): void {
    if (this.#isOver) copy.fill(0);
    else this.#copies.push(copy);
  }

  /** The attempt is over. */
  wipe(): void {
    this.#isOver = true;
    for (const copy of this.#copies.splice(0)) copy.fill(0);
  }
}
