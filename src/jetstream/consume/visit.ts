import type { NatsError } from "../../core/errors.ts";
import { Waiter, type WaitLimits } from "../../core/waiter.ts";
import type { MessageReaders, WaitingReader } from "./message-readers.ts";

/**
 * One message: one that lies here, whatever the timeout, or the first to come; undefined if they have ended. It counts as handled
 * as soon as it is handed over.
 */
export async function nextOf<M>(
  readers: MessageReaders<M>,
  limits: WaitLimits,
  stream: string,
  why: () => NatsError | undefined,
): Promise<M | undefined> {
  readers.visit();
  const lying = limits.signal?.aborted === true ? undefined : readers.read();
  if (lying !== undefined) {
    readers.complete(lying);
    return lying;
  }
  const waiter = new Waiter<M | undefined>(limits, { what: `a message of the stream "${stream}"` }, why);
  const visitor = visitorOf(readers, waiter);
  if (!waiter.isSettled) readers.wait(visitor);
  try {
    return await waiter.promise;
  } finally {
    readers.forget(visitor);
  }
}

function visitorOf<M>(readers: MessageReaders<M>, waiter: Waiter<M | undefined>): WaitingReader<M> {
  return {
    get isSettled() {
      return waiter.isSettled;
    },
    onMessage: (message) => {
      readers.complete(message);
      waiter.resolve(message);
    },
    onEnd: () => {
      const error: NatsError | undefined = readers.error;
      if (error === undefined) waiter.resolve(undefined);
      else waiter.reject(error);
    },
  };
}
