import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import { type Digest, newDigest } from "../digest/digest.ts";
import { saysDigest } from "../digest/digest-text.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { objectCorrupt } from "../store-errors.ts";

// OBJ-04
/** Checks the chunks of an object that is read whole, by its digest. */
export class Verifier {
  readonly #info: ObjectInfo;
  readonly #digest: Digest | undefined;
  #chunks = 0;
  #size = 0;

  constructor(info: ObjectInfo, digest: Digest | undefined) {
    this.#info = info;
    this.#digest = digest;
  }

  /** An object without a digest is checked by its size. */
  static async ofAll(info: ObjectInfo): Promise<Verifier> {
    return new Verifier(info, info.digest === undefined ? undefined : await newDigest());
  }

  /** Throws `OBJECT_CORRUPT` for more bytes, or more chunks, than the object has. */
  add({ data }: StoredMessage): void {
    this.#chunks += 1;
    this.#size += data.length;
    if (this.#size > this.#info.size || this.#chunks > this.#info.chunks)
      this.#fail("it has more bytes than it says");
    this.#digest?.update(data);
  }

  /** Throws `OBJECT_CORRUPT` unless all bytes have come, and are those that were stored. */
  finish(): void {
    const { size, digest = "" } = this.#info;
    if (this.#size !== size) this.#fail(`it has ${this.#size} bytes, and should have ${size}`);
    if (this.#digest === undefined) return;
    const isRight = saysDigest(digest, this.#digest.digest());
    if (isRight === true) return;
    this.#fail(
      isRight === undefined ? `its digest, "${digest}", is no SHA-256` : "its digest is another one",
    );
  }

  #fail(reason: string): never {
    throw objectCorrupt(this.#info.store, this.#info.name, reason);
  }
}
