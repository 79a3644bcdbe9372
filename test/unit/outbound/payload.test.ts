import { createContext, runInContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { checkPayload } from "../../../src/core/outbound/payload.ts";
import type { Payload } from "../../../src/core/message.ts";
import { thrownBy } from "../support/thrown.ts";

const OTHER_REALM = createContext({});

describe("a payload", () => {
  test.each([
    ["text", "x"],
    ["empty text", ""],
    ["nothing", undefined],
    ["bytes", new Uint8Array(3)],
    ["a Buffer", Buffer.from("x")],
    ["a view of shared memory", new Uint8Array(new SharedArrayBuffer(3))],
    ["no bytes", new Uint8Array()],
    ["no bytes of a buffer that has some", new Uint8Array(3).subarray(1, 1)],
    ["bytes of another realm", runInContext("new Uint8Array(3)", OTHER_REALM) as Uint8Array],
  ])("can be %s", (_what, payload) => {
    expect(() => checkPayload(payload, "s")).not.toThrow();
  });

  test.each<[unknown, RegExp]>([
    [null, /not null: to send nothing, leave it out$/],
    [7, /not a number: use String\(value\)$/],
    [true, /not a boolean/],
    [() => "x", /not a function$/],
    [Promise.resolve("x"), /not a promise: forgot await\?$/],
    [runInContext("Promise.resolve()", OTHER_REALM), /forgot await/],
    [[1, 2], /not an array: use JSON\.stringify\(value\), or Uint8Array\.from\(value\) for bytes$/],
    [runInContext("[1]", OTHER_REALM), /an array/],
    [new ArrayBuffer(2), /not an ArrayBuffer: use new Uint8Array\(value\)$/],
    [new SharedArrayBuffer(2), /not a SharedArrayBuffer: use new Uint8Array\(value\)$/],
    [new DataView(new ArrayBuffer(2)), /not a DataView: use new Uint8Array\(value\.buffer, /],
    [new Uint16Array(2), /not a Uint16Array: use new Uint8Array\(value\.buffer, /],
    [new Date(0), /not a Date: use value\.toISOString\(\)$/],
    [new Blob(["x"]), /not a Blob: use new Uint8Array\(await value\.arrayBuffer\(\)\)$/],
    [new Map(), /not a Map: use JSON\.stringify/],
    [{ a: 1 }, /not an object: use JSON\.stringify\(value\)$/],
    [Object.create(null), /not an object/],
  ])("can't be %o: the error says what came, and what to do", (given, message) => {
    const error = thrownBy(() => checkPayload(given as Payload, "s"));
    expect(error).toMatchObject({ code: "INVALID_PAYLOAD", argument: "data", subject: "s" });
    expect((error as Error).message).toMatch(message);
  });

  test("its content is not shown: it may be a secret", () => {
    const error = thrownBy(() => checkPayload({ password: "p4ss" } as unknown as Payload, () => "s"));
    expect(String(error)).not.toContain("p4ss");
  });
});

test.each([
  ["an array", (buffer: ArrayBuffer) => new Uint8Array(buffer)],
  ["a Buffer", (buffer: ArrayBuffer) => Buffer.from(buffer)],
  ["a view", (buffer: ArrayBuffer) => new Uint8Array(buffer, 3, 2)],
])("%s whose buffer was transferred is not sent as an empty message", (_what, arrayOf) => {
  const buffer = new ArrayBuffer(10);
  const array = arrayOf(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  expect(thrownBy(() => checkPayload(array, "s"))).toMatchObject({
    code: "INVALID_PAYLOAD",
    subject: "s",
    message: expect.stringContaining("its buffer was transferred"),
  });
});
