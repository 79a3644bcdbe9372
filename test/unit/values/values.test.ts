import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { aSchema, readValue, writeValue } from "../../../src/core/values/values.ts";
import {
  type Codec,
  json,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
  text,
} from "../../../src/index.ts";
import { thrown } from "../../support/failure.ts";

const bytes = (payload: string): Uint8Array => new TextEncoder().encode(payload);

const zod = z.object({ item: z.string(), pieces: z.number().int().default(1) });
const valibot = v.object({ item: v.string(), pieces: v.optional(v.pipe(v.number(), v.integer()), 1) });
const arktype = type({ item: "string", pieces: "number.integer = 1" });

describe("a schema of another library", () => {
  const schemas: [string, Schema][] = [
    ["zod", zod],
    ["valibot", valibot],
    ["arktype", arktype],
  ];

  test.each(schemas)("of %s reads a value, with its defaults", (_library, schema) => {
    expect(readValue(schema, bytes('{"item":"coffee"}'))).toEqual({ item: "coffee", pieces: 1 });
  });

  test.each(schemas)(
    "of %s writes what was given, which a receiver reads by the same schema",
    (_library, schema) => {
      const payload = writeValue(schema, { item: "coffee" });
      expect(payload).toBe('{"item":"coffee"}');
      expect(readValue(schema, bytes(payload as string))).toEqual({ item: "coffee", pieces: 1 });
    },
  );

  test.each(schemas)("of %s says what is wrong, and where", (_library, schema) => {
    const error = thrown(() => readValue(schema, bytes('{"item":5,"pieces":1}'), { subject: "orders.new" }));
    expect(error).toMatchObject({ code: "INVALID_VALUE", name: "ValueError", subject: "orders.new" });
    expect(error.message).toContain('the payload on "orders.new" is invalid: item: ');
    const { issues } = error as never as { issues: { path: unknown[] }[] };
    expect(issues).toHaveLength(1);
    expect(thrown(() => writeValue(schema, { item: 5 })).code).toBe("INVALID_VALUE");
  });

  test("knows the types of what it reads and writes", () => {
    type Read = { item: string; pieces: number };
    type Written = { item: string; pieces?: number | undefined };
    expectTypeOf<SchemaOutput<typeof zod>>().toEqualTypeOf<Read>();
    expectTypeOf<SchemaOutput<typeof valibot>>().toEqualTypeOf<Read>();
    expectTypeOf<SchemaOutput<typeof arktype>>().toEqualTypeOf<Read>();
    expectTypeOf<SchemaInput<typeof zod>>().toEqualTypeOf<Written>();
    expectTypeOf<SchemaInput<typeof valibot>>().toEqualTypeOf<Written>();
    expectTypeOf<{ item: string }>().toExtend<SchemaInput<typeof arktype>>();
    expectTypeOf(readValue(zod, bytes('{"item":"coffee"}'))).toEqualTypeOf<Read>();
  });

  test("that wants what JSON has not is told when it is written, not by whoever reads it", () => {
    const error = thrown(() => writeValue(z.object({ at: z.date() }), { at: new Date() }));
    expect(error.code).toBe("INVALID_VALUE");
    expect(writeValue(z.object({ at: z.coerce.date() }), { at: new Date(0) })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z"}',
    );
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a function", () => 1],
    ["a circle", circle()],
    ["a bigint", 5n],
  ])("writes no value that has no JSON: %s", (_what, value) => {
    const error = thrown(() => writeValue(z.any(), value));
    expect(error).toMatchObject({ code: "INVALID_VALUE", cause: expect.any(TypeError) });
  });

  test("does not read what is no JSON", () => {
    const error = thrown(() => readValue(zod, bytes("coffee")));
    expect(error).toMatchObject({ code: "INVALID_VALUE", cause: expect.any(SyntaxError) });
  });

  test.each([
    undefined,
    null,
    7,
    { issues: null },
    { issues: [null] },
    { issues: [{ message: "bad", path: "id" }] },
    { issues: [{ message: "bad", path: null }] },
    { issues: [{ message: "bad", path: [null] }] },
    { issues: [{ path: ["id"] }] },
  ])("that answers with %j, which is no answer of a Standard Schema, is INVALID_OPTION", (answer) => {
    const schema = {
      "~standard": { version: 1, vendor: "own", validate: () => answer },
    } as unknown as Schema;
    expect(thrown(() => readValue(schema, bytes("1")))).toMatchObject({ code: "INVALID_OPTION" });
    expect(thrown(() => writeValue(schema, 1))).toMatchObject({ code: "INVALID_OPTION" });
  });

  test("that answers with a promise is INVALID_OPTION, and its failure is nobody's", async () => {
    const validate = () => Promise.reject(new Error("late"));
    const slow = { "~standard": { version: 1, vendor: "x", validate } } as const;
    expect(thrown(() => readValue(slow, bytes('"x"')))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "schema",
    });
    expect(thrown(() => writeValue(slow, "x"))).toMatchObject({ code: "INVALID_OPTION", argument: "schema" });
    const asynchronous = z.string().refine(async () => await Promise.resolve(true));
    expect(thrown(() => readValue(asynchronous, bytes('"x"'))).code).toBe("INVALID_OPTION");
    await new Promise((resolve) => setTimeout(resolve));
  });

  test("that throws is INVALID_VALUE, with what it threw", () => {
    const bad = { "~standard": { version: 1, vendor: "x", validate: () => fail("broken") } } as const;
    const error = thrown(() => readValue(bad, bytes("1")));
    expect(error.cause).toMatchObject({ message: "broken" });
    expect(error.code).toBe("INVALID_VALUE");
  });

  test("has three issues told in the text, and the rest counted", () => {
    const many = z.object({
      a: z.string(),
      b: z.string(),
      c: z.string(),
      d: z.string(),
      e: z.object({ f: z.string() }),
    });
    const error = thrown(() => readValue(many, bytes('{"e":{}}')));
    expect(error.message).toMatch(/a: .*; b: .*; c: .*; and 2 more$/);
  });
});

describe("a codec", () => {
  const upper: Codec<string> = {
    encode: (value) => value.toUpperCase(),
    decode: (data) => new TextDecoder().decode(data).toLowerCase(),
  };

  test("reads and writes by its functions", () => {
    expect(writeValue(upper, "hello")).toBe("HELLO");
    expect(readValue(upper, bytes("HELLO"))).toBe("hello");
  });

  test("that throws is INVALID_VALUE, with what it threw", () => {
    const bad: Codec<number> = { encode: () => fail("no way out"), decode: () => fail("no way in") };
    expect(thrown(() => writeValue(bad, 1))).toMatchObject({
      code: "INVALID_VALUE",
      issues: [{ message: "no way out" }],
      cause: { message: "no way out" },
    });
    expect(thrown(() => readValue(bad, bytes("1")))).toMatchObject({ issues: [{ message: "no way in" }] });
  });

  test("that answers with a promise is INVALID_OPTION", () => {
    const slow = { encode: () => Promise.resolve("x"), decode: () => Promise.reject(new Error("late")) };
    expect(thrown(() => writeValue(slow as never, 1 as never)).code).toBe("INVALID_OPTION");
    expect(thrown(() => readValue(slow as never, bytes("1"))).code).toBe("INVALID_OPTION");
  });

  test("a value with a field called then is no promise", () => {
    expect(readValue(json(), bytes('{"then":1}'))).toEqual(JSON.parse('{"then":1}'));
  });

  test("json() is JSON of a type that nobody checks", () => {
    const Order = json<{ item: string }>();
    expectTypeOf<SchemaOutput<typeof Order>>().toEqualTypeOf<{ item: string }>();
    expect(writeValue(Order, { item: "é" })).toBe('{"item":"é"}');
    expect(readValue(Order, bytes('{"item":"é"}')).item).toBe("é");
    expect(thrown(() => readValue(Order, bytes("{"))).code).toBe("INVALID_VALUE");
    expect(thrown(() => writeValue(json(), undefined)).code).toBe("INVALID_VALUE");
  });

  test("text is UTF-8, and nothing else", () => {
    expectTypeOf<SchemaInput<typeof text>>().toEqualTypeOf<string>();
    expect(writeValue(text, "grüß")).toBe("grüß");
    expect(readValue(text, bytes("\uFEFFgrüß"))).toBe("\uFEFFgrüß");
    expect(thrown(() => readValue(text, new Uint8Array([0xff]))).code).toBe("INVALID_VALUE");
    expect(thrown(() => writeValue(text, 5 as never)).code).toBe("INVALID_VALUE");
  });
});

describe("what is no schema", () => {
  test.each([[null], [undefined], [{}], ["zod"], [{ encode: () => "" }], [{ "~standard": {} }], [() => 1]])(
    "is refused: %j",
    (given) => {
      expect(thrown(() => aSchema("schema", given))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "schema",
      });
    },
  );

  test("is none of these", () => {
    for (const schema of [zod, valibot, arktype, json(), text])
      expect(aSchema("schema", schema)).toBe(schema);
  });
});

function fail(message: string): never {
  throw new Error(message);
}

function circle(): unknown[] {
  const made: unknown[] = [];
  made.push(made);
  return made;
}

class Kept {
  readonly #value = 1;

  get value(): number {
    return this.#value;
  }
}

describe("JSON", () => {
  test.each([
    ["Map", new Map([[1, 2]])],
    ["Set", new Set([1])],
    ["URLSearchParams", new URLSearchParams("a=1")],
    ["RegExp", /a/],
    ["Error", new Error("x")],
    ["ArrayBuffer", new ArrayBuffer(2)],
    ["Kept", new Kept()],
  ])("is not made of a %s, which would be lost in it, also within a value", (kind, value) => {
    const error = thrown(() => writeValue(json(), value));
    expect(error).toMatchObject({ code: "INVALID_VALUE", message: expect.stringContaining(`this ${kind}`) });
    const within = thrown(() => writeValue(json(), { plain: {}, list: [{ "a key": value }] }));
    expect(within.message).toContain(`this ${kind}, as "a key"`);
  });

  test("is made of what has nothing in it, or says itself what its JSON is", () => {
    class Point {
      x?: number;
      readonly label = undefined;
    }
    const values: unknown[] = [
      {},
      { a: {}, b: [{}] },
      Object.create(null),
      new Point(),
      "{}",
      new Date(0),
      new String("{}"),
      { toJSON: () => ({}) },
      new (class {
        toJSON(): object {
          return {};
        }
      })(),
    ];
    for (const value of values) expect(writeValue(json(), value)).toBe(JSON.stringify(value));
  });
});
