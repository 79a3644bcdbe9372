import { expect, test } from "vitest";
import { connect, type Dial, type Transport, type TransportListener } from "../../../src/index.ts";
import { EventLog } from "../../support/event-log.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";

const INFO = 'INFO {"server_id":"x","version":"2.15.2","proto":1,"headers":true,"max_payload":1048576}\r\n';

/** A link to a server that greets, and then answers and takes what it is told to. */
class Link implements Transport {
  readonly remoteAddress = "nowhere";
  readonly isSecure = false;
  unsentBytes = 0;
  /** Each write stays here until {@link drain}, and no PING is answered. */
  isSlow = false;
  messages = 0;
  #listener: TransportListener | undefined;

  listen(listener: TransportListener): void {
    if (this.#listener === undefined) queueMicrotask(() => listener.onData(bytesOf(INFO)));
    this.#listener = listener;
  }

  write(chunk: Uint8Array): boolean {
    return this.writeAll([chunk]);
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    const text = chunks.map(latin1).join("");
    this.messages += text.split("PUB ").length - 1;
    if (text.startsWith("CONNECT")) queueMicrotask(() => this.#listener?.onData(bytesOf("PONG\r\n")));
    else if (this.isSlow) this.unsentBytes += text.length;
    return this.unsentBytes === 0;
  }

  drain(): void {
    this.unsentBytes = 0;
    this.#listener?.onDrain();
  }

  lose(): void {
    this.#listener?.onClose(new Error("lost"));
  }

  end(): Promise<number> {
    return Promise.resolve(this.unsentBytes);
  }

  destroy(): void {
    this.#listener = undefined;
  }
}

test.each(["behind", "in front of"])(
  "what was handed over after an outage is all told when that link is lost, with withdrawn requests %s it",
  async (place) => {
    const [first, second] = [new Link(), new Link()];
    const links = [first, second];
    let isUp = true;
    const dial: Dial = () => (isUp ? Promise.resolve(links.shift()!) : Promise.reject(new Error("down")));
    const nc = await connect({ dial, reconnect: { delay: 1, maxDelay: 5 } });
    const log = new EventLog(nc);
    isUp = false;
    first.lose();
    await log.wait("disconnected");
    const abort = new AbortController();
    const ask = (): Promise<unknown> => nc.request("b", undefined, { signal: abort.signal });
    const publish = (): void => {
      for (let i = 0; i < 600; i++) nc.publish("a", new Uint8Array(1024));
    };
    if (place === "behind") publish();
    const requests = Promise.allSettled(Array.from({ length: 400 }, ask));
    if (place === "in front of") publish();
    abort.abort();
    await requests;
    second.isSlow = true;
    isUp = true;
    await log.wait("reconnected");
    // All is handed over, and the last part stays.
    while (second.messages < 600) second.drain();
    isUp = false;
    second.lose();
    const { unsent, unconfirmed } = await log.wait("disconnected", 2);
    expect(unsent.messages).toBeGreaterThan(0);
    expect(unsent.messages).toBeLessThan(600);
    expect(unsent.messages + unconfirmed).toBe(600);
    await nc.close();
  },
);

test("what a move leaves behind are at most the messages that its link was given, with withdrawn requests among them", async () => {
  const [first, second, third] = [new Link(), new Link(), new Link()];
  const links = [first, second, third];
  let isUp = true;
  const dial: Dial = () => (isUp ? Promise.resolve(links.shift()!) : Promise.reject(new Error("down")));
  const nc = await connect({ dial, timeout: 50, reconnect: { delay: 1, maxDelay: 5 } });
  const log = new EventLog(nc);
  isUp = false;
  first.lose();
  await log.wait("disconnected");
  const abort = new AbortController();
  const requests = Promise.allSettled(
    Array.from({ length: 400 }, () => nc.request("b", undefined, { signal: abort.signal })),
  );
  for (let i = 0; i < 100; i++) nc.publish("a");
  abort.abort();
  await requests;
  isUp = true;
  await log.wait("reconnected");
  expect(second.messages).toBe(100);
  // It answers no PING, and so the move does not wait for it.
  await nc.reconnect();
  second.lose();
  const { unconfirmed } = await log.wait("leftBehind");
  expect(unconfirmed).toBe(100);
  await nc.close();
});
