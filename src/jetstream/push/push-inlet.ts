import type { Connection } from "../../core/connection/connection.ts";
import type { Subscription } from "../../core/delivery/subscription.ts";
import type { SubscriptionClosed } from "../../core/delivery/subscription-host.ts";
import type { Message } from "../../core/message.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { PushDelivery } from "../config/consumer-config.ts";
import { type Control, readControl } from "./control-message.ts";

/** Who takes what comes by a {@link PushInlet}. */
export interface PushInletListener {
  onMessage(message: Message): void;
  onControl(control: Control): void;
  /** Nothing more comes, though nobody here has closed it. */
  onClosed(closed: SubscriptionClosed): void;
}

/** How long a reader that leaves waits for what is on its way, in milliseconds: the server may be frozen. */
const LATE = { timeout: 5000 };

/** Its listener has limits of its own. */
const NO_LIMITS = { messages: Infinity, bytes: Infinity };

/** The subscription to a deliver subject. It outlasts links, as all do. */
export class PushInlet {
  readonly subject: string;
  readonly #subscription: Subscription;
  #isClosing = false;

  /** Throws as `Connection.subscribe` does. */
  constructor(connection: Connection, push: PushDelivery, listener: PushInletListener) {
    this.subject = push.deliverSubject!;
    const queue = push.deliverGroup === undefined ? {} : { queue: push.deliverGroup };
    this.#subscription = connection.subscribe(this.subject, {
      ...queue,
      pending: NO_LIMITS,
      callback: (message) => {
        const control = readControl(message);
        if (control === undefined) listener.onMessage(message);
        else listener.onControl(control);
      },
    });
    void this.#subscription.closed.then((closed) => {
      if (!this.#isClosing) listener.onClosed(closed);
    });
  }

  /** Tells the server to send no more. What is on its way still comes; resolves, never rejects, with whether all of it has. */
  async close(limits: WaitOptions = {}): Promise<boolean> {
    this.#isClosing = true;
    try {
      return (await this.#subscription.drain(limits)).complete;
    } catch {
      // The connection is closed.
      return false;
    }
  }

  /** As {@link close}, for whoever wants nothing of it any more. */
  leave(): Promise<boolean> {
    return this.close(LATE);
  }
}
