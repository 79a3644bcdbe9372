/** Orders what happens in this process: of two things noted, the later one has the larger tick. */
export class Ticks {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}
