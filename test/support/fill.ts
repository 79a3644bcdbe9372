import type { Connection, Payload } from "../../src/index.ts";

/**
 * Stores `count` messages in the stream that takes the subjects, the last of them acked. By core publishes, since these tests
 * are about reading; `of` gives what a message has, by its number from 1 on.
 */
export async function fill(
  nc: Connection,
  count: number,
  of: (number: number) => {
    readonly subject: string;
    readonly data?: Payload;
    readonly headers?: Record<string, string>;
  },
): Promise<void> {
  for (let number = 1; number < count; number++) {
    const { subject, data, headers } = of(number);
    await nc.ready();
    nc.publish(subject, data, headers === undefined ? {} : { headers });
  }
  const { subject, data, headers } = of(count);
  const ack = await nc.request(subject, data, headers === undefined ? {} : { headers });
  const { error } = ack.json<{ error?: { description: string } }>();
  if (error !== undefined) throw new Error(error.description);
}

/** Reads until the end. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}
