import type { Socket } from "node:net";

/** Milliseconds after which the next address is tried beside one that has not answered yet (RFC 8305). */
const HEAD_START = 250;

/** All addresses are under way after this part of the time, however many there are, so that each has its share. */
const ALL_UNDER_WAY = 0.5;

/** A socket, and what belongs to it. */
export interface WithSocket {
  readonly socket: Socket;
}

export interface ConnectTarget<T extends WithSocket> {
  /** Makes a socket that has not been connected, for each address. */
  readonly newSocket: () => T;
  /** One at least, in the order in which to try them. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly localAddress: string | undefined;
  /** Milliseconds in which one of them has to have answered; it is the signal that ends the race. */
  readonly timeout: number;
}

/**
 * Tries the addresses one after another, the next one as soon as one has failed or is slow, without giving up on the
 * slow one: the first that answers wins (DIAL-04, DIAL-05). Rejects with an AggregateError, one error an address, or
 * with the signal's reason.
 */
export function connectAny<T extends WithSocket>(target: ConnectTarget<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const race = new Race(target, (outcome) => {
      signal.removeEventListener("abort", onAbort);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    });
    const onAbort = (): void => race.end(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else race.startNext();
  });
}

class Race<T extends WithSocket> {
  readonly #target: ConnectTarget<T>;
  readonly #onEnd: (outcome: T | Error) => void;
  readonly #pause: number;
  readonly #running = new Set<Socket>();
  readonly #errors: Error[] = [];
  #started = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(target: ConnectTarget<T>, onEnd: (outcome: T | Error) => void) {
    this.#target = target;
    this.#onEnd = onEnd;
    const { timeout, addresses } = target;
    this.#pause = Math.min(HEAD_START, (timeout * ALL_UNDER_WAY) / addresses.length);
  }

  startNext(): void {
    clearTimeout(this.#timer);
    const { addresses, port, localAddress } = this.#target;
    const host = addresses[this.#started++];
    if (host === undefined) return;
    if (this.#started < addresses.length) this.#timer = setTimeout(() => this.startNext(), this.#pause);
    const candidate = this.#target.newSocket();
    const { socket } = candidate;
    this.#running.add(socket);
    socket.on("error", (error) => this.#onError(socket, error));
    socket.on("connect", () => this.#onConnect(candidate));
    try {
      socket.connect(localAddress === undefined ? { host, port } : { host, port, localAddress });
    } catch (error) {
      // A local address that is none is thrown.
      this.#onError(socket, error as Error);
    }
  }

  /** Ends what is under way; the winner is not any more. */
  end(outcome: T | Error): void {
    clearTimeout(this.#timer);
    // Their errors from now on have nobody to go to, but are listened to.
    const losers = [...this.#running];
    this.#running.clear();
    for (const socket of losers) socket.destroy();
    this.#onEnd(outcome);
  }

  #onConnect(winner: T): void {
    if (!this.#running.delete(winner.socket)) return;
    winner.socket.removeAllListeners("error").removeAllListeners("connect");
    this.end(winner);
  }

  #onError(socket: Socket, error: Error): void {
    if (!this.#running.delete(socket)) return;
    socket.destroy();
    this.#errors.push(error);
    const { addresses } = this.#target;
    if (this.#errors.length === addresses.length) this.end(new AggregateError(this.#errors));
    else if (this.#started < addresses.length) this.startNext();
  }
}
