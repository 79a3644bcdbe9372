import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type Connection,
  isNatsError,
  type Message,
  type SubscribeOptions,
  type Subscription,
} from "natspeed";

/** The ways to take messages from a subscription. */
export const WAYS = ["callback", "async callback", "loop", "batches", "next", "stream"] as const;
export type Way = (typeof WAYS)[number];

/** A subscription that is being read; `done` settles when there is nothing more to read. */
export interface Reading {
  readonly subscription: Subscription;
  readonly done: Promise<unknown>;
}

/** Subscribes and hands each message to `take`, in the way that is asked for. */
export function read(
  nc: Connection,
  subject: string,
  way: Way,
  options: SubscribeOptions,
  take: (m: Message) => void,
): Reading {
  if (way === "callback" || way === "async callback") {
    const callback =
      way === "callback"
        ? take
        : async (m: Message): Promise<void> => {
            take(m);
            if (m.size % 8 === 0) await nextTurn();
          };
    const subscription = nc.subscribe(subject, { ...options, callback });
    return { subscription, done: subscription.closed };
  }
  const subscription = nc.subscribe(subject, options);
  return { subscription, done: readAll(subscription, way, take) };
}

async function readAll(
  subscription: Subscription,
  way: Exclude<Way, "callback" | "async callback">,
  take: (m: Message) => void,
): Promise<void> {
  if (way === "loop") {
    for await (const m of subscription) take(m);
  } else if (way === "batches") {
    for await (const batch of subscription.batches(64)) for (const m of batch) take(m);
  } else if (way === "stream") {
    const reader = subscription.readable().getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) take(part.value);
  } else {
    await readOneByOne(subscription, take);
  }
}

const ENDS = new Set(["SUBSCRIPTION_CLOSED", "CONNECTION_CLOSED", "MAX_MESSAGES_DELIVERED"]);

async function readOneByOne(subscription: Subscription, take: (m: Message) => void): Promise<void> {
  for (;;) {
    try {
      take(await subscription.next({ timeout: 500 }));
    } catch (error) {
      if (!isNatsError(error)) throw error;
      if (ENDS.has(error.code)) return;
      if (error.code !== "TIMEOUT") throw error;
    }
  }
}
