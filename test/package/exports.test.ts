import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/core/version.ts";

const root = new URL("../../", import.meta.url);

describe("the package's entry", () => {
  it("exports these names and no others", async () => {
    const entry: Record<string, unknown> = await import(new URL("dist/index.js", root).href);
    expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
      [
        "AbortError",
        "ArgumentError",
        "AuthenticationError",
        "ConnectionError",
        "NatsError",
        "NoRespondersError",
        "PermissionError",
        "ProtocolError",
        "SubscriptionError",
        "TimeoutError",
        "connect",
        "credsAuthenticator",
        "credsFileAuthenticator",
        "headers",
        "isNatsError",
        "jwtAuthenticator",
        "newInbox",
        "nkeyAuthenticator",
        "nkeyFileAuthenticator",
        "tokenAuthenticator",
        "usernamePasswordAuthenticator",
      ]
    `);
  });

  it("tells servers the version of the package [OPT-01]", () => {
    const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
      version: string;
    };
    expect(VERSION).toBe(version);
  });

  it("can be required by CommonJS code", () => {
    const entry = createRequire(import.meta.url)("../../dist/index.js") as { connect: unknown };
    expect(entry.connect).toBeTypeOf("function");
  });

  it("shows no internal member in its declarations", () => {
    const declarations = files("dist").filter((file) => file.endsWith(".d.ts"));
    expect(declarations.length).toBeGreaterThan(20);
    expect(declarations.filter((file) => read(file).includes("@internal"))).toEqual([]);
  });
});

describe("the sources", () => {
  const sources = files("src");

  it("have no mutable state at module level", () => {
    expect(sources.filter((file) => /^(export )?(let|var) /m.test(read(file)))).toEqual([]);
  });

  it("read the text of errors in the table of server errors only", () => {
    const reading = /\.message\s*(===|!==|\.(includes|startsWith|endsWith|match)\()/;
    expect(sources.filter((file) => reading.test(read(file)))).toEqual([]);
  });
});

function files(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`);
}

function read(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}
