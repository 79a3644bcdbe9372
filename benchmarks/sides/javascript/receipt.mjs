import { Measurement } from "./measurement.mjs";

const STEP = 8192;
const WINDOW = 6 * STEP;
const STALL_MS = 10_000;

/**
 * Counts the messages of one part (warm-up or measured) and lets the publisher send as many as the
 * window allows, so that the server never cuts the receiver off as a slow consumer.
 * The clock runs from the first message to the last.
 */
export class Receipt {
  #messages;
  #grant;
  #granted = 0;
  #next = 1;
  #watchdog;
  #settle;
  measurement = new Measurement();
  count = 0;
  bytes = 0;
  done;

  /** @param grant tells the publisher how many messages more it may send. */
  constructor(messages, grant) {
    this.#messages = messages;
    this.#grant = grant;
    this.done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  begin(window = WINDOW) {
    this.#watch();
    this.#allow(window);
  }

  /** Returns true with the last message of this part. */
  add(length) {
    this.bytes += length;
    return ++this.count >= this.#next && this.#milestone();
  }

  #milestone() {
    if (this.count === 1) this.measurement.start();
    if (this.count === this.#messages) {
      this.measurement.stop();
      clearInterval(this.#watchdog);
      this.#settle.resolve();
      return true;
    }
    if (this.count > 1) this.#allow(STEP);
    this.#next = Math.min(this.count === 1 ? STEP : this.count + STEP, this.#messages);
    return false;
  }

  #allow(wanted) {
    const granted = Math.min(wanted, this.#messages - this.#granted);
    if (granted <= 0) return;
    this.#granted += granted;
    this.#grant(granted);
  }

  // A lost message shows as a count that stands still: the reader would wait for it forever.
  #watch() {
    let seen = -1;
    this.#watchdog = setInterval(() => {
      if (this.count !== seen) seen = this.count;
      else
        this.#settle.reject(new Error(`received ${this.count} of ${this.#messages} messages, then nothing`));
    }, STALL_MS);
  }
}
