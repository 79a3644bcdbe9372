import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { NatsError } from "../../core/errors.ts";
import { ConflatedSequence } from "../conflated-sequence.ts";
import type { Entry, Marker } from "../entry.ts";

/** What a key has now, and what it had when the reader was last told: `before`, which is undefined if it had no value. */
export interface ViewChange<T = Uint8Array> {
  readonly entry: Entry<T> | Marker;
  readonly before: Entry<T> | undefined;
}

/** A change that a reader was not told of. */
interface Untold<T> {
  readonly before: Entry<T> | undefined;
  /** Undefined: the view has the value. */
  marker: Marker | undefined;
}

interface Reader<T> {
  readonly untold: Map<string, Untold<T>>;
  readonly sequence: ConflatedSequence<ViewChange<T>>;
}

/** The readers of a view's changes. A reader is told once of a key that has changed several times since it came. */
export class ViewChanges<T> {
  readonly #entry: (key: string) => Entry<T> | undefined;
  readonly #readers = new Set<Reader<T>>();
  #end: { readonly error: NatsError | undefined } | undefined;

  /** `entry` gives what the view has of a key. */
  constructor(entry: (key: string) => Entry<T> | undefined) {
    this.#entry = entry;
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  read(): AsyncSequence<ViewChange<T>> {
    const untold = new Map<string, Untold<T>>();
    const sequence = new ConflatedSequence<ViewChange<T>>({
      take: () => this.#take(untold),
      leave: () => this.#readers.delete(reader),
    });
    const reader = { untold, sequence };
    if (this.#end === undefined) this.#readers.add(reader);
    else sequence.finish(this.#end.error);
    return sequence;
  }

  /** Notes a change that the view is about to make. It calls {@link tell} when it has. */
  note(key: string, before: Entry<T> | undefined, marker: Marker | undefined): void {
    for (const { untold } of this.#readers) {
      const known = untold.get(key);
      if (known === undefined) untold.set(key, { before, marker });
      else known.marker = marker;
      // The key came and went before the reader read of it.
      if (marker !== undefined && known !== undefined && known.before === undefined) untold.delete(key);
    }
  }

  tell(): void {
    for (const { untold, sequence } of this.#readers) if (untold.size > 0) sequence.wake();
  }

  finish(error: NatsError | undefined): void {
    this.#end = { error };
    for (const { sequence } of this.#readers) sequence.finish(error);
    this.#readers.clear();
  }

  #take(untold: Map<string, Untold<T>>): { readonly value: ViewChange<T> } | undefined {
    for (const [key, { before, marker }] of untold) {
      untold.delete(key);
      const entry = marker ?? this.#entry(key);
      if (entry !== undefined) return { value: { entry, before } };
    }
    return undefined;
  }
}
