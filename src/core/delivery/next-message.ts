import { type NatsError, NoRespondersError } from "../errors.ts";
import type { Message } from "../message.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import type { Reader, ReaderDelivery } from "./reader-delivery.ts";

/** Whose next message is awaited. */
export interface NextSource {
  readonly delivery: ReaderDelivery;
  readonly subject: string;
  /** Why there is no further message. */
  readonly endError: () => NatsError;
}

/**
 * One message: one that waits already, whatever the timeout (NEXT-02), or the first to come. It counts as handled as
 * soon as it is handed over.
 */
export function nextMessage(
  { delivery, subject, endError }: NextSource,
  options: WaitLimits,
): Promise<Message> {
  const queued = options.signal?.aborted === true ? undefined : delivery.read();
  const waiter = new Waiter<Message>(queued === undefined ? options : {}, { what: "a message", subject });
  const reader: Reader = {
    get isSettled() {
      return waiter.isSettled;
    },
    onMessage: (message) => {
      delivery.complete(message);
      if (message.isNoResponders) waiter.reject(noResponders(message));
      else waiter.resolve(message);
    },
    onEnd: () => waiter.reject(endError()),
  };
  if (queued === undefined) delivery.wait(reader);
  else reader.onMessage(queued);
  return waiter.promise;
}

/** NEXT-06: the server's answer to a publish with a reply subject that nobody subscribes to. */
function noResponders(message: Message): NoRespondersError {
  return new NoRespondersError(message.headers?.get("Nats-Subject") ?? message.subject);
}
