/** New leaders within so many milliseconds are no news: something is wrong there. */
const LEADER_SETTLES = 5000;
/** So many pulls in a row that nobody listens to make the consumer doubtful. */
const UNHEARD = 3;

/** Counts what may go wrong once, and means something when it goes wrong again. */
export class Troubles {
  #hasWorked = false;
  #unheard = 0;
  #unpinned = 0;
  #leaderChangedAt = -Infinity;
  /** The consumer was found when it was looked for last, and has given no sign since. */
  #isSought = false;

  /** Whether the consumer ever gave a sign. */
  get hasWorked(): boolean {
    return this.#hasWorked;
  }

  /** A message came. */
  served(): void {
    this.#hasWorked = true;
    this.#unheard = 0;
    this.#unpinned = 0;
    this.#isSought = false;
  }

  /** The consumer gave a sign, whatever it says. */
  answered(): void {
    this.#hasWorked = true;
    this.#unheard = 0;
    this.#isSought = false;
  }

  /** The consumer was looked for; `isFound`: it is there, for all that is known now. */
  checked(isFound: boolean): void {
    this.#isSought = isFound;
    if (isFound) this.#unheard = 0;
  }

  /** Whether the consumer is there, and has given no sign since it was found. */
  get isSought(): boolean {
    return this.#isSought;
  }

  /** Nobody listened to a pull. True if that makes the consumer doubtful: at once, where nothing ever worked. */
  isDoubtful(): boolean {
    this.#unheard += 1;
    return !this.#hasWorked || this.#unheard >= UNHEARD;
  }

  /** A pin was refused. True for the first time since a message came. */
  isFirstUnpin(): boolean {
    this.#unpinned += 1;
    return this.#unpinned === 1;
  }

  /** There is a new leader. True if there was none for a while. */
  isFirstLeader(at: number): boolean {
    const isFirst = at - this.#leaderChangedAt >= LEADER_SETTLES;
    this.#leaderChangedAt = at;
    return isFirst;
  }
}
