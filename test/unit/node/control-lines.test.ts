import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ControlLines } from "../../../src/node/control-lines.ts";

const STREAM =
  `INFO {"server_id":"x"}\r\n` +
  `CONNECT {"user":"joe","pass":"s3cret","auth_token":"s3cret","jwt":"s3cret","sig":"s3cret","name":"a"}\r\n` +
  "PING\r\nPUB greet.joe 8\r\nPUB a 99\r\nHPUB greet reply 12 14\r\nNATS/1.0\r\n\r\nhi\r\n" +
  "SUB größe 1\r\nMSG größe 1 0\r\n\r\nhmsg a 1 r 12 12\r\nNATS/1.0\r\n\r\n\r\n-ERR 'no'\r\nPONG\r\n";

const LINES = [
  `INFO {"server_id":"x"}`,
  `CONNECT {"user":"joe","pass":"***","auth_token":"***","jwt":"***","sig":"***","name":"a"}`,
  "PING",
  "PUB greet.joe 8",
  "HPUB greet reply 12 14",
  "SUB größe 1",
  "MSG größe 1 0",
  "hmsg a 1 r 12 12",
  "-ERR 'no'",
  "PONG",
];

function linesOf(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const reader = new ControlLines((line) => lines.push(line));
  for (const chunk of chunks) reader.feed(chunk);
  return lines;
}

const bytes = new TextEncoder().encode(STREAM);

describe("the control lines of a stream", () => {
  test("are read without the payloads, wherever the chunks end", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(linesOf(chunks)).toEqual(LINES);
      }),
    );
  });

  test("show nothing of a CONNECT that can't be read", () => {
    const spoilt = new TextEncoder().encode(`CONNECT {"pass":"s3cret"\r\n`);
    expect(linesOf([spoilt])).toEqual(["CONNECT (can't be read)"]);
  });
});
