const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX_LENGTH = 12;
const COUNTER_LENGTH = 10;

/** The counter stays below: a number holds it without loss. */
const MAX_COUNTER = 2 ** 53;

/** Random bytes from here on are passed over: they would make some digits likelier than others. */
const FAIR = 256 - (256 % DIGITS.length);

/**
 * Ids that nobody else has: 12 random base-62 digits, and 10 of a counter that begins at a random number and goes on
 * in random steps, of 33 to 332 (INBOX-02).
 */
export class UniqueIds {
  #prefix = "";
  #counter = MAX_COUNTER;
  #step = 0;

  next(): string {
    this.#counter += this.#step;
    if (this.#counter >= MAX_COUNTER) this.#draw();
    return this.#prefix + inDigits(this.#counter);
  }

  #draw(): void {
    this.#prefix = randomDigits(PREFIX_LENGTH);
    this.#counter = Math.floor(Math.random() * MAX_COUNTER);
    this.#step = 33 + Math.floor(Math.random() * 300);
  }
}

function randomDigits(length: number): string {
  let digits = "";
  while (digits.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < FAIR && digits.length < length) digits += DIGITS[byte % DIGITS.length]!;
    }
  }
  return digits;
}

function inDigits(count: number): string {
  let digits = "";
  for (let rest = count; digits.length < COUNTER_LENGTH; rest = Math.floor(rest / DIGITS.length)) {
    digits = DIGITS[rest % DIGITS.length]! + digits;
  }
  return digits;
}
