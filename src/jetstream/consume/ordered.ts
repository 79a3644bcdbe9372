import type { StoredMessage } from "../message/stored-message.ts";
import { askedBy } from "./consume.ts";
import { ConsumerMessages } from "./consumer-messages.ts";
import { askedByFetch } from "./fetch.ts";
import { OneMessage } from "./next.ts";
import type { ConsumeOptions, FetchOptions, NextOptions } from "./options.ts";
import type { OrderedReader } from "./ordered-reader.ts";
import { OrderedSource } from "./ordered-source.ts";
import { checkOrderedConsume, checkOrderedFetch, checkOrderedNext } from "./pull-options.ts";
import type { AskedPulls } from "./pull-source.ts";

type Messages<T> = ConsumerMessages<StoredMessage<T>>;

/** `OrderedConsumer.consume`. Throws `INVALID_OPTION`. */
export function consumeOrdered<T>(
  reader: OrderedReader,
  given: Omit<ConsumeOptions<StoredMessage<T>>, "onStale" | "priority">,
): Messages<T> {
  const { callback, signal, ...options } = checkOrderedConsume(given);
  return messagesOf(reader, askedBy(options), signal, callback);
}

/** `OrderedConsumer.fetch`. Throws `INVALID_OPTION`. */
export function fetchOrdered<T>(reader: OrderedReader, given: Omit<FetchOptions, "priority">): Messages<T> {
  const options = checkOrderedFetch(given);
  return messagesOf(reader, askedByFetch(options, reader.context.timeout), options.signal, undefined);
}

/** `OrderedConsumer.next`. */
export async function nextOrdered<T>(
  reader: OrderedReader,
  given: Omit<NextOptions, "ack" | "priority">,
): Promise<StoredMessage<T> | undefined> {
  const options = checkOrderedNext(given);
  const { connection, timeout } = reader.context;
  const source = new OrderedSource(reader, askedByFetch({ ...options, maxMessages: 1 }, timeout));
  const signal = options.signal === undefined ? undefined : connection.foundation.signals.of(options.signal);
  const message = await new OneMessage(source, connection, signal).promise;
  // What the message's value is is the handle's word.
  return message as StoredMessage<T> | undefined;
}

function messagesOf<T>(
  reader: OrderedReader,
  asked: AskedPulls,
  signal: AbortSignal | undefined,
  callback: ConsumeOptions<StoredMessage<T>>["callback"],
): Messages<T> {
  const { connection } = reader.context;
  return new ConsumerMessages<StoredMessage<T>>(
    // It hands out what is more than it says.
    new OrderedSource(reader, asked) as never,
    { connection, origin: { stream: reader.series.stream }, onStale: "drop", signal },
    callback,
  );
}
