import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AckReply } from "../../../../src/jetstream/message/ack-reply.ts";
import { bytesOf } from "../../support/bytes.ts";

const SHORT = "$JS.ACK.ORDERS.worker.3.1234.56.1764177682123456789.7";
const LONG = "$JS.ACK.hub.AhashA.ORDERS.worker.3.1234.56.1764177682123456789.7.r4nd0m";

function read(subject: string): AckReply | undefined {
  const bytes = bytesOf(subject);
  return AckReply.read(bytes, 0, bytes.length);
}

interface Facts {
  readonly domain: string | undefined;
  readonly accountHash: string | undefined;
  readonly stream: string;
  readonly consumer: string;
  readonly deliveries: number;
  readonly seq: number;
  readonly deliverySeq: number;
  readonly timeNanos: bigint;
  readonly pending: number;
}

function factsOf(reply: AckReply): Facts {
  const { domain, accountHash, stream, consumer, deliveries, seq, deliverySeq, timeNanos, pending } = reply;
  return { domain, accountHash, stream, consumer, deliveries, seq, deliverySeq, timeNanos, pending };
}

function format(facts: Facts, rest: readonly string[]): string {
  const { domain, accountHash, stream, consumer, deliveries, seq, deliverySeq, timeNanos, pending } = facts;
  const owner = accountHash === undefined ? [] : [domain ?? "_", accountHash];
  const numbers = [deliveries, seq, deliverySeq, timeNanos, pending].map(String);
  return ["$JS.ACK", ...owner, stream, consumer, ...numbers, ...(owner.length === 0 ? [] : rest)].join(".");
}

const name = fc.stringMatching(/^[a-zA-Z0-9_äß-]{1,40}$/).filter((text) => text !== "_");
const counter = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const facts: fc.Arbitrary<Facts> = fc
  .record({
    owner: fc.option(fc.record({ domain: fc.option(name, { nil: undefined }), accountHash: name }), {
      nil: undefined,
    }),
    stream: name,
    consumer: name,
    deliveries: counter,
    seq: counter,
    deliverySeq: counter,
    timeNanos: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    pending: counter,
  })
  .map(({ owner, ...others }) => ({ domain: owner?.domain, accountHash: owner?.accountHash, ...others }));

describe("a reply to ack at", () => {
  it("[JS-MSG-06, JS-30] is read in its form of nine tokens", () => {
    expect(factsOf(read(SHORT)!)).toEqual({
      domain: undefined,
      accountHash: undefined,
      stream: "ORDERS",
      consumer: "worker",
      deliveries: 3,
      seq: 1234,
      deliverySeq: 56,
      timeNanos: 1764177682123456789n,
      pending: 7,
    });
  });

  it("[JS-MSG-07, JS-30] is read with a domain, the account's hash, and whatever follows", () => {
    expect(factsOf(read(LONG)!)).toMatchObject({
      domain: "hub",
      accountHash: "AhashA",
      stream: "ORDERS",
      consumer: "worker",
      seq: 1234,
      pending: 7,
    });
    expect(read(LONG.replace(".hub.", "._."))!.domain).toBeUndefined();
    expect(read(LONG.replace(".r4nd0m", ""))!.pending).toBe(7);
    expect(read(`${LONG}.and.more`)!.pending).toBe(7);
  });

  it("[JS-MSG-06, JS-MSG-07] says what it was made of, wherever in the bytes it lies", () => {
    fc.assert(
      fc.property(facts, fc.array(name, { maxLength: 3 }), fc.nat(20), (given, rest, before) => {
        const subject = bytesOf(format(given, rest));
        const bytes = new Uint8Array(before + subject.length + 5).fill(0x2e);
        bytes.set(subject, before);
        expect(factsOf(AckReply.read(bytes, before, before + subject.length)!)).toEqual(given);
      }),
    );
  });

  it("[JS-32] is none if a number is none, or too large to be held", () => {
    for (const at of [4, 5, 6, 7, 8]) {
      for (const wrong of ["", "x", "-1", "1e3", "+5", " "]) {
        const tokens = SHORT.split(".");
        tokens[at] = wrong;
        expect(read(tokens.join(".")), `${at}: ${wrong}`).toBeUndefined();
      }
    }
    expect(read(SHORT.replace("1234", String(2 ** 53)))).toBeUndefined();
    expect(read(SHORT.replace("1234", String(2 ** 53 - 1)))!.seq).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("[JS-30] is none with too few tokens, with ten, with an empty name or another beginning", () => {
    for (const subject of [
      "",
      "$JS.ACK.",
      "$JS.ACK",
      "_INBOX.abc.1",
      SHORT.slice(0, SHORT.lastIndexOf(".")),
      `${SHORT}.8`,
      SHORT.replace("ORDERS", ""),
      SHORT.replace("worker", ""),
      SHORT.replace("$JS.ACK", "$JS.FC"),
      SHORT.replace("$JS", "$js"),
    ]) {
      expect(read(subject), subject).toBeUndefined();
    }
  });

  it("[JS-30] is read or refused, whatever it is", () => {
    const token = fc.oneof(
      name,
      counter.map(String),
      fc.constant(""),
      fc.constant("$JS"),
      fc.constant("ACK"),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), (tokens) => {
        const reply = read(["$JS.ACK", ...tokens].join("."));
        if (reply !== undefined)
          expect(Number.isSafeInteger(reply.seq + reply.pending - reply.seq)).toBe(true);
      }),
    );
  });
});
