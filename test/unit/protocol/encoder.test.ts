import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeConnect,
  encodeSub,
  encodeUnsub,
  joinCommands,
  PING,
  PONG,
} from "../../../src/core/protocol/commands.ts";
import { correctSize, CRLF, writeBytes, writeCrlf, writePubTo } from "../../../src/core/protocol/encoder.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";

const UNUSED = 0xaa;
const MAX_SIZE = 2 ** 31 - 1;

/** What `write` writes at `at` into a buffer with `room`; nothing outside may be touched. */
function written(write: (bytes: Uint8Array, at: number) => number, at = 7, room = 200): string {
  const bytes = new Uint8Array(at + room + 10).fill(UNUSED);
  const end = write(bytes, at);
  expect(bytes.subarray(0, at).every((byte) => byte === UNUSED)).toBe(true);
  expect(bytes.subarray(Math.max(end, at)).every((byte) => byte === UNUSED)).toBe(true);
  return latin1(bytes.subarray(at, end));
}

describe("PUB [WIRE-04]", () => {
  test("takes the subject from received bytes", () => {
    const received = bytesOf("MSG a 1 _INBOX.x.y 2\r\nhi\r\n");
    expect(written((bytes, at) => writePubTo(bytes, at, received, 8, 18, 3))).toBe("PUB _INBOX.x.y 3\r\n");
  });

  test("writes every size in plain decimal digits", () => {
    const sizes = [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 999_999, 1_000_000];
    sizes.push(9_999_999, 10_000_000, 99_999_999, 100_000_000, 999_999_999, 1_000_000_000, MAX_SIZE);
    for (const size of sizes) {
      expect(written((bytes, at) => writePubTo(bytes, at, bytesOf("a"), 0, 1, size))).toBe(
        `PUB a ${size}\r\n`,
      );
    }
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_SIZE }), (size) => {
        expect(written((bytes, at) => writePubTo(bytes, at, bytesOf("a"), 0, 1, size))).toBe(
          `PUB a ${size}\r\n`,
        );
      }),
    );
  });
});

describe("the size of a text that was taken for ASCII", () => {
  test.each([
    ["aé", 2, 3],
    ["é".repeat(9), 9, 18],
    ["€".repeat(400), 400, 1200],
  ])("is corrected, and what follows moves by the digits that come in (%s)", (text, wrong, right) => {
    const line = `HPUB a 12 ${wrong}\r\n`;
    const corrected = written(
      (bytes, at) => {
        bytes.set(bytesOf(line + text), at);
        return correctSize(bytes, at + line.length, at + bytesOf(line + text).length, wrong, right);
      },
      7,
      2000,
    );
    expect(corrected).toBe(latin1(bytesOf(`HPUB a 12 ${right}\r\n${text}`)));
  });
});

describe("payloads", () => {
  test("bytes of any length are copied to their place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (source) => {
        expect(written((bytes, at) => writeBytes(bytes, at, source))).toBe(latin1(source));
      }),
    );
  });

  test("a line end is CR and LF", () => {
    expect(written((bytes, at) => writeCrlf(bytes, at))).toBe("\r\n");
    expect(latin1(CRLF)).toBe("\r\n");
  });
});

describe("commands", () => {
  test("PING and PONG [WIRE-01]", () => {
    expect(latin1(PING)).toBe("PING\r\n");
    expect(latin1(PONG)).toBe("PONG\r\n");
  });

  test("SUB with and without a queue group [WIRE-02]", () => {
    expect(latin1(encodeSub("foo.*", undefined, 7))).toBe("SUB foo.* 7\r\n");
    expect(latin1(encodeSub("foo.>", "workers", 12))).toBe("SUB foo.> workers 12\r\n");
    expect(encodeSub("größe", undefined, 1)).toEqual(bytesOf("SUB größe 1\r\n"));
  });

  test("UNSUB with and without a maximum [WIRE-03]", () => {
    expect(latin1(encodeUnsub(7))).toBe("UNSUB 7\r\n");
    expect(latin1(encodeUnsub(7, 10))).toBe("UNSUB 7 10\r\n");
  });

  test("are joined in order, up to a size: what is longer stays whole", () => {
    const commands = ["aa", "bbb", "c", "dddddddd", "e"].map(bytesOf);
    expect(joinCommands(commands, 6).map(latin1)).toEqual(["aabbbc", "dddddddd", "e"]);
    expect(joinCommands([], 6)).toEqual([]);
  });

  test("CONNECT takes its fields as JSON and leaves out what is undefined [HS-03]", () => {
    const line = encodeConnect({
      verbose: true,
      pedantic: false,
      jwt: undefined,
      nkey: undefined,
      sig: undefined,
      user: undefined,
      pass: undefined,
      auth_token: 'a"b\n',
      tls_required: false,
      name: "é",
      lang: "x",
      version: "1",
      protocol: 1,
      echo: false,
      headers: true,
      no_responders: true,
    });
    const json =
      '{"verbose":true,"pedantic":false,"auth_token":"a\\"b\\n","tls_required":false,"name":"é","lang":"x","version":"1","protocol":1,"echo":false,"headers":true,"no_responders":true}';
    expect(line).toEqual(bytesOf(`CONNECT ${json}\r\n`));
  });
});
