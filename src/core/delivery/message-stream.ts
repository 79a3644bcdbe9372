import type { AsyncSequence } from "./async-sequence.ts";
import type { Message } from "../message.ts";

/** Messages as a stream, which is read only as fast as its reader; cancelling it leaves the sequence. */
export function messageStream(messages: AsyncSequence<Message>): ReadableStream<Message> {
  return new ReadableStream<Message>(
    {
      async pull(controller) {
        const result = await messages.next();
        if (result.done === true) controller.close();
        else controller.enqueue(result.value);
      },
      async cancel() {
        await messages.return();
      },
    },
    { highWaterMark: 0 },
  );
}
