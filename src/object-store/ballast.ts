/** Bytes of what an array on V8's heap has for each item. */
const ITEM = 8;

/** Bytes of ballast for each that comes. With 1 a get of 100 MB mostly peaked at 90 MiB, with 1.5 at 18, for the same CPU (Node 24). */
const WEIGHT = 1.5;

/** Items of one array: larger ones don't lie among the other young objects. */
const MOST_ITEMS = 8192;

/** Of a piece larger than so many bytes no more counts: few of those come. */
const MOST = 1024 * 1024;

interface WithVersions {
  readonly process?: { readonly versions?: Readonly<Record<string, string | undefined>> };
}

/**
 * Makes V8 collect young objects in step with the memory that bytes come in. Such memory lies outside of V8's heap, and is freed
 * with a small object on the heap. A collection of young objects is quick, and would free what was read and dropped. But V8
 * makes one only when young objects fill their space. Long before that the memory outside makes V8 collect the whole heap,
 * which is slow. So each piece of memory takes some more of the young objects' space along.
 */
export class Ballast {
  readonly #isOfUse = hasV8();
  #last: ArrayBufferLike | undefined;

  /** These bytes have come. Of several in the same memory the first ones count. */
  add({ buffer, length }: Uint8Array): void {
    if (!this.#isOfUse || buffer === this.#last) return;
    this.#last = buffer;
    let left = Math.ceil((Math.min(length, MOST) * WEIGHT) / ITEM);
    // None is kept: by what survives V8 sees how large the space of young objects has to be.
    // oxlint-disable-next-line unicorn/no-new-array -- one that is filled item by item costs many times as much
    while (left > 0) left -= new Array<unknown>(Math.min(left, MOST_ITEMS)).length;
  }
}

function hasV8(): boolean {
  const { versions = {} } = (globalThis as WithVersions).process ?? {};
  // Bun says which version of V8 it stands in for.
  return versions["v8"] !== undefined && versions["bun"] === undefined;
}
