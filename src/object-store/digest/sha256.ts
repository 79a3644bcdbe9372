import type { Digest } from "./digest.ts";

const BLOCK = 64;

/** Bytes of the message's length in bits at the end of the last block. */
const LENGTH = 8;

// FIPS 180-4, 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes.
const K = Uint32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));

/** SHA-256 for runtimes without a hash of their own for bytes that come in parts. */
export class Sha256 implements Digest {
  // 5.3.3: the same of the square roots of the first 8 primes.
  readonly #state = Uint32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
  readonly #words = new Uint32Array(BLOCK);
  readonly #block = new Uint8Array(BLOCK);
  /** Bytes of the block that are there. */
  #filled = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(BLOCK - this.#filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < BLOCK) return;
      this.#compress(this.#block, 0);
      this.#filled = 0;
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#compress(bytes, at);
    this.#block.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
  }

  // 5.1.1: a one, zeros, and the length in bits fill the last block.
  digest(): Uint8Array {
    const bits = this.#length * 8;
    const end = new Uint8Array(this.#filled < BLOCK - LENGTH ? BLOCK : 2 * BLOCK);
    end.set(this.#block.subarray(0, this.#filled));
    end[this.#filled] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - LENGTH, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - LENGTH / 2, bits);
    for (let at = 0; at < end.length; at += BLOCK) this.#compress(end, at);
    const digest = new DataView(new ArrayBuffer(32));
    this.#state.forEach((word, i) => digest.setUint32(4 * i, word));
    return new Uint8Array(digest.buffer);
  }

  // 6.2.2
  #compress(bytes: Uint8Array, start: number): void {
    const w = this.#schedule(bytes, start);
    const state = this.#state;
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let t = 0; t < 64; t++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[t]! + w[t]!) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }

  #schedule(bytes: Uint8Array, start: number): Uint32Array {
    const w = this.#words;
    for (let t = 0, at = start; t < 16; t++, at += 4) {
      w[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15]!;
      const y = w[t - 2]!;
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[t] = s0 + s1 + w[t - 7]! + w[t - 16]!;
    }
    return w;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** The first 32 bits of what is behind the point. */
function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}
