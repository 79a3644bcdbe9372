import { encodeText } from "../../core/protocol/text.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

const FLOW_CONTROL = "$JS.FC.";
/** A subject of so many tokens, or more, has the domain and the account's hash before the stream's name. */
const LONG_FORM = 7;

/**
 * Tells what one consumer sends to its deliver subject from what others send there. A heartbeat does not say whose it is.
 */
export class OwnDeliveries {
  /** `<stream>.<consumer>`; undefined while nobody knows which it is. */
  #names: string | undefined;
  #bytes: Uint8Array = new Uint8Array();
  /** The names of this consumer, also of before it was made anew, and of the others that have sent something. */
  readonly #known = new Set<string>();
  #isShared = false;

  /** From now on it is this consumer. */
  onConsumer({ stream, name }: ConsumerInfo): void {
    this.#names = `${stream}.${name}`;
    this.#bytes = encodeText(this.#names);
    this.#known.add(this.#names);
  }

  /** Whether another consumer has sent something here. */
  get isShared(): boolean {
    return this.#isShared;
  }

  has(message: JetStreamMessage): boolean {
    return this.#names === undefined || message.isFrom(this.#bytes);
  }

  // $JS.FC.<stream>.<consumer>.<token>
  // $JS.FC.<domain>.<account hash>.<stream>.<consumer>.<token>
  /** Whether it is this consumer that waits for an answer at `subject`. */
  asksAt(subject: string): boolean {
    if (this.#names === undefined || !subject.startsWith(FLOW_CONTROL)) return true;
    const tokens = subject.split(".");
    const at = tokens.length < LONG_FORM ? 2 : 4;
    return `${tokens[at]}.${tokens[at + 1]}` === this.#names;
  }

  /** A message of another consumer has come; returns whether it is the first of that one. */
  onOther({ stream, consumer }: JetStreamMessage): boolean {
    const names = `${stream}.${consumer}`;
    if (this.#known.has(names)) return false;
    this.#known.add(names);
    this.#isShared = true;
    return true;
  }
}
