import { Measurement } from "./measurement.mjs";

const STEP = 8192;
const WINDOW = 6 * STEP;
const STALL_MS = 10_000;

/**
 * Counts the messages of one part (warm-up or measured) and lets the publisher send as many as the window allows, so that
 * the server never cuts the receiver off as a slow consumer. After its time it grants no more, and waits for what it has
 * granted. The clock runs from the first message to the last.
 */
export class Receipt {
  #milliseconds;
  #grant;
  #granted = 0;
  #next = 1;
  #beganAt = 0;
  #watchdog;
  #settle;
  measurement = new Measurement();
  count = 0;
  bytes = 0;
  done;

  /**
   * @param {number} seconds
   * @param {(more: number) => void} grant tells the publisher how many messages more it may send
   */
  constructor(seconds, grant) {
    this.#milliseconds = seconds * 1000;
    this.#grant = grant;
    this.done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  begin() {
    this.#watch();
    this.#allow(WINDOW);
  }

  /** Returns true with the last message of this part. */
  add(length) {
    this.bytes += length;
    return ++this.count >= this.#next && this.#milestone();
  }

  #milestone() {
    if (this.count === 1) {
      this.measurement.start();
      this.#beganAt = performance.now();
      this.#next = STEP;
      return false;
    }
    if (this.count === this.#granted) {
      this.measurement.stop();
      clearInterval(this.#watchdog);
      this.#settle.resolve(undefined);
      return true;
    }
    if (performance.now() - this.#beganAt < this.#milliseconds) {
      this.#allow(STEP);
      this.#next = this.count + STEP;
    } else {
      this.#next = this.#granted;
    }
    return false;
  }

  #allow(messages) {
    this.#granted += messages;
    this.#grant(messages);
  }

  // A lost message shows as a count that stands still: the reader would wait for it forever.
  #watch() {
    let seen = -1;
    this.#watchdog = setInterval(() => {
      if (this.count !== seen) seen = this.count;
      else
        this.#settle.reject(new Error(`received ${this.count} of ${this.#granted} messages, then nothing`));
    }, STALL_MS);
  }
}
