import { describe, expect, it } from "vitest";
import { mayBeMarker } from "../../../src/kv/header-scan.ts";

function found(lines: readonly string[]): boolean {
  const text = lines.length === 0 ? "" : `NATS/1.0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
  const before = "KV-Operation: DEL\r\n";
  const bytes = new TextEncoder().encode(`${before}${text}\nKV-Operation: DEL\r\n`);
  return mayBeMarker(bytes, before.length, before.length + text.length);
}

describe("the headers of a message", () => {
  it.each([
    [["KV-Operation: DEL"]],
    [["kv-operation:PURGE"]],
    [["By: joe", "Nats-Marker-Reason: MaxAge"]],
    [["NATS-MARKER-REASON: Remove", "By: joe"]],
    [["KV-Operation: PUT"]],
  ])("[KV-13] [KV-27] may make a marker of it: %j", (lines) => {
    expect(found(lines)).toBe(true);
  });

  it.each([
    [[]],
    [["By: KV-Operation: DEL"]],
    [["KV-Operations: DEL"]],
    [["Nats-Msg-Size: 7"]],
    [["KV-Operation"]],
  ])("[KV-13] make none of it: %j", (lines) => {
    expect(found(lines)).toBe(false);
  });
});
