import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { BytePages, type Tenant } from "./byte-pages.ts";

/** Bytes that each key takes beside its text, its headers and its value. */
const OVERHEAD = 128;

/** The value of a key. The replica copies its bytes. */
export interface PutFacts {
  readonly key: string;
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly headers: MessageHeaders | undefined;
  readonly data: Uint8Array;
}

/** The removal of a key's value. */
export interface RemovalFacts {
  readonly key: string;
  readonly revision: number;
}

/** A value as a replica has it. Its bytes are in a page. */
export interface HeldValue extends Tenant {
  readonly revision: number;
  created: number;
  headers: MessageHeaders | undefined;
}

/** Hears of a change just before it is made. The key had `before`; with a `removal` it will have nothing. */
export type ReplicaListener<R> = (key: string, before: HeldValue | undefined, removal: R | undefined) => void;

/**
 * The values of a bucket, as a watch tells them and as this process writes them. A write of this process may come before the watch
 * has told of it, and of older writes. An older value never replaces a newer one.
 */
export class Replica<R extends RemovalFacts = RemovalFacts> {
  readonly #held = new Map<string, HeldValue>();
  /** Keys that this process removed, the last one at the end. The watch may still tell older values of them. */
  readonly #removed = new Map<string, number>();
  readonly #pages = new BytePages();
  readonly #onChange: ReplicaListener<R>;
  #position = 0;
  #bytes = 0;

  constructor(onChange: ReplicaListener<R>) {
    this.#onChange = onChange;
  }

  /** The last revision that the watch has told: the replica has everything up to it. */
  get position(): number {
    return this.#position;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Bytes of keys, headers and values, and {@link OVERHEAD} for each. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): HeldValue | undefined {
    return this.#held.get(key);
  }

  /** The value that was written first, or nearly so: one that we wrote ahead of the watch may stand before older ones. */
  get oldest(): HeldValue | undefined {
    return this.#held.values().next().value;
  }

  keys(): IterableIterator<string> {
    return this.#held.keys();
  }

  entries(): IterableIterator<[string, HeldValue]> {
    return this.#held.entries();
  }

  /** A copy of the value's bytes. */
  data(held: HeldValue): Uint8Array {
    return this.#pages.read(held);
  }

  /** The watch tells of a value. */
  put(facts: PutFacts): void {
    // `advance` has passed it: the leader had removed this value while it was on its way.
    if (facts.revision <= this.#position) return;
    this.#put(facts);
    this.#advance(facts.revision);
  }

  /** The watch tells of a removal. */
  remove(removal: R): void {
    this.#remove(removal);
    this.#advance(removal.revision);
  }

  /** We wrote a value. */
  wrote(facts: PutFacts): void {
    // The watch has told of it already, or of what came after it.
    if (facts.revision <= this.#position) return;
    this.#put(facts);
  }

  /** We removed a key. */
  unwrote(removal: R): void {
    if (removal.revision <= this.#position) return;
    if ((this.#removed.get(removal.key) ?? 0) >= removal.revision) return;
    this.#removed.delete(removal.key);
    this.#removed.set(removal.key, removal.revision);
    this.#remove(removal);
  }

  /** The watch will tell nothing more up to this revision. */
  advance(revision: number): void {
    if (revision > this.#position) this.#advance(revision);
  }

  /** A value has gone, and the watch did not tell. */
  lose(removal: R): void {
    const held = this.#held.get(removal.key);
    if (held?.revision === removal.revision) this.#drop(removal.key, held, removal);
  }

  #put({ key, revision, created, headers, data }: PutFacts): void {
    const before = this.#held.get(key);
    if (before !== undefined && before.revision >= revision) {
      if (before.revision === revision) this.#correct(key, before, created, headers);
      return;
    }
    if ((this.#removed.get(key) ?? 0) > revision) return;
    this.#onChange(key, before, undefined);
    if (before !== undefined) this.#forget(key, before);
    // The key moves to the end, so that the oldest stays the first.
    this.#held.delete(key);
    const held: HeldValue = { revision, created, headers, page: undefined, place: 0, offset: 0, length: 0 };
    this.#pages.put(held, data);
    this.#held.set(key, held);
    this.#bytes += bytesOf(key, held);
  }

  /** The watch tells of our own write, with the server's time and all headers. */
  #correct(key: string, held: HeldValue, created: number, headers: MessageHeaders | undefined): void {
    this.#bytes -= bytesOf(key, held);
    held.created = created;
    held.headers = headers;
    this.#bytes += bytesOf(key, held);
  }

  #remove(removal: R): void {
    const before = this.#held.get(removal.key);
    if (before !== undefined && before.revision < removal.revision) this.#drop(removal.key, before, removal);
  }

  #drop(key: string, held: HeldValue, removal: R): void {
    this.#onChange(key, held, removal);
    this.#forget(key, held);
    this.#held.delete(key);
  }

  #forget(key: string, held: HeldValue): void {
    this.#bytes -= bytesOf(key, held);
    this.#pages.remove(held);
  }

  #advance(revision: number): void {
    if (revision > this.#position) this.#position = revision;
    for (const [key, removedAt] of this.#removed) {
      // There may be many, and nearly all behind this one are newer.
      if (removedAt > this.#position) return;
      this.#removed.delete(key);
    }
  }
}

function bytesOf(key: string, { headers, length }: HeldValue): number {
  return key.length + length + OVERHEAD + (headers === undefined ? 0 : headersSize(headers));
}

function headersSize(headers: MessageHeaders): number {
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length;
  return size;
}
