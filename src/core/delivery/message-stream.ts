import type { AsyncSequence } from "./async-sequence.ts";

/** Messages as a stream, which is read only as fast as its reader; cancelling it leaves the sequence. */
export function messageStream<M>(messages: AsyncSequence<M>): ReadableStream<M> {
  return new ReadableStream<M>(
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
