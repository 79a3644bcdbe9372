import type { Link } from "../link.ts";

/** Milliseconds that a publisher is not read from while one who gets its messages is far behind. */
const STALL_TIME = 5;

/** Slows down a publisher: reads nothing from it for a moment, and then goes on whatever has happened meanwhile. */
export class Stall {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** True if it begins with this call. */
  begin(link: Pick<Link, "pause" | "resume">): boolean {
    if (this.#timer !== undefined) return false;
    link.pause();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      link.resume();
    }, STALL_TIME);
    return true;
  }

  /** Ends without reading again. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
