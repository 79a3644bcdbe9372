import type { AsyncSequence, ItemSource } from "../../core/delivery/async-sequence.ts";
import { SelectedSequence } from "../../core/delivery/selected-sequence.ts";

/** The events of a watch, as many at a time as are there. `read` makes them of items; what it makes nothing of is passed over. */
export function watchBatches<I, E>(
  batches: ItemSource<I[]>,
  read: (item: I) => E | undefined,
): AsyncSequence<E[]> {
  return new SelectedSequence(batches, (items) => {
    const events: E[] = [];
    for (const item of items) {
      const event = read(item);
      if (event !== undefined) events.push(event);
    }
    return events.length === 0 ? undefined : events;
  });
}
