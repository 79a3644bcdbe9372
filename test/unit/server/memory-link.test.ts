import { expect, test } from "vitest";
import { memoryConnection } from "../../../src/server/memory-link.ts";
import { eventually } from "../../support/eventually.ts";
import { collectingLink } from "./collecting-link.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

test("an end lets out all that was written, and the last chunks behind that", async () => {
  const { link, text } = collectingLink();
  link.write([bytes("written, ")]);
  const unsent = await new Promise<number>((onEnded) => {
    link.end({ reason: "Kicked", last: [bytes("waited, "), bytes("and last")], limit: 60_000, onEnded });
  });
  expect(text()).toBe("written, waited, and last");
  expect(unsent).toBe(0);
});

test("an end is over when the client is gone already", async () => {
  const { link, transport } = memoryConnection("test", 1);
  let isClosed = false;
  link.listen({
    onData: () => undefined,
    onDrain: () => undefined,
    onEnd: () => undefined,
    onClose: () => (isClosed = true),
  });
  transport.listen({ onData: () => undefined, onDrain: () => undefined, onClose: () => undefined });
  transport.destroy();
  await eventually(() => expect(isClosed).toBe(true));
  await new Promise((onEnded) => link.end({ reason: "Kicked", last: [bytes("x")], limit: 60_000, onEnded }));
});

test("who never reads is given up when the time is up", async () => {
  const { link } = memoryConnection("test", 1);
  const unsent = await new Promise((onEnded) => {
    link.end({ reason: "Kicked", last: [bytes("waits")], limit: 1, onEnded });
  });
  expect(unsent).toBe(5);
});
