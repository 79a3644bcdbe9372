import { collectGarbage } from "./measurement.mjs";
import { Receipt } from "./receipt.mjs";
import { TRACE } from "../typical.mjs";
import { CREDIT_SUBJECT, NO_MORE, subjectsOf } from "../subjects.mjs";

/** The warm-up and the measured part in turn, over one subscription. */
class TwoParts {
  #warmup;
  #measured;
  #size;
  current;

  constructor(nc, { size, seconds, warmupSeconds }) {
    const grant = (more) => nc.publish(CREDIT_SUBJECT, String(more));
    this.#warmup = new Receipt(warmupSeconds, grant);
    this.#measured = new Receipt(seconds, grant);
    this.current = this.#warmup;
    this.#size = size;
  }

  begin() {
    this.current.begin();
    return this.current.done.then(() => this.#measured.done);
  }

  /** Returns true when the measured part is over too. */
  advance() {
    if (this.current === this.#measured) return true;
    collectGarbage();
    this.current = this.#measured;
    this.current.begin();
    return false;
  }

  result() {
    const { count, bytes, measurement } = this.#measured;
    if (bytes !== count * this.#size) throw new Error(`${count} messages held ${bytes} bytes`);
    return { ...measurement.result(count), granted: this.#warmup.count + count };
  }
}

const readers = {
  callback(library, nc, subject, parts) {
    library.onEach(nc, subject, (length) => {
      if (parts.current.add(length)) parts.advance();
    });
  },

  async iterator(_library, nc, subject, parts) {
    for await (const m of nc.subscribe(subject)) {
      if (parts.current.add(m.data.length) && parts.advance()) break;
    }
  },

  /** As an application reads an order: its headers, if it has any, and its JSON. */
  async json(_library, nc, subject, parts) {
    for await (const m of nc.subscribe(subject)) {
      if (m.headers !== undefined && m.headers.get(TRACE) === "")
        throw new Error("a message without a trace");
      if (m.json().paid !== true) throw new Error("an order that is not paid");
      if (parts.current.add(m.data.length) && parts.advance()) break;
    }
  },

  async batches(_library, nc, subject, parts) {
    for await (const batch of nc.subscribe(subject).batches()) {
      let over = false;
      for (const m of batch) over ||= parts.current.add(m.data.length) && parts.advance();
      if (over) break;
    }
  },
};

/** With several subjects there is a subscription for each; the publisher goes round them. */
export async function receive(library, params) {
  const nc = await library.connect(params.url);
  const parts = new TwoParts(nc, params);
  const read = readers[params.mode];
  const reading = subjectsOf(params.subjects).map((subject) => read(library, nc, subject, parts));
  await nc.flush();
  await Promise.all([parts.begin(), ...reading]);
  const result = parts.result();
  nc.publish(CREDIT_SUBJECT, NO_MORE);
  await nc.flush();
  await nc.close();
  return result;
}
