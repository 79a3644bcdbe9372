import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { posix } from "node:path";
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
        "ValueError",
        "connect",
        "credsAuthenticator",
        "credsFileAuthenticator",
        "headers",
        "isNatsError",
        "json",
        "jwtAuthenticator",
        "makeMessage",
        "newInbox",
        "nkeyAuthenticator",
        "nkeyFileAuthenticator",
        "text",
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

describe.each(["jetstream", "kv", "object-store", "services"])("the entry natspeed/%s", (entry) => {
  it("knows no runtime", () => {
    const scripts = readdirSync(new URL(`dist/${entry}/`, root), { recursive: true, encoding: "utf8" });
    const wrong = scripts.filter(
      // Examples in comments are for Node too; a module that the runtime is asked for by name is no import.
      (file) => file.endsWith(".js") && /(?:from|import\(?) ?"node:/.test(code(`dist/${entry}/${file}`)),
    );
    expect(wrong).toEqual([]);
  });
});

describe("the entry of JetStream", () => {
  it("exports these names and no others", async () => {
    const entry: Record<string, unknown> = await import(new URL("dist/jetstream/index.js", root).href);
    expect(Object.keys(entry).toSorted()).toMatchInlineSnapshot(`
      [
        "JetStreamError",
        "advisories",
        "backup",
        "consumerConfig",
        "deadLetters",
        "jetstream",
        "meta",
        "plan",
        "restore",
        "streamConfig",
      ]
    `);
  });
});

describe("the entry of buckets", () => {
  it("exports these names and no others", async () => {
    const entry: Record<string, unknown> = await import(new URL("dist/kv/index.js", root).href);
    const names = ["KvError", "base64Keys", "bucketStream", "chainKeys", "kv", "pathKeys"];
    expect(Object.keys(entry).toSorted()).toEqual(names);
  });
});

describe("the entry of object stores", () => {
  it("exports these names and no others", async () => {
    const entry: Record<string, unknown> = await import(new URL("dist/object-store/index.js", root).href);
    expect(Object.keys(entry).toSorted()).toEqual(["ObjectStoreError", "objectStore", "storeStream"]);
  });
});

describe("the entry of services", () => {
  it("exports these names and no others", async () => {
    const entry: Record<string, unknown> = await import(new URL("dist/services/index.js", root).href);
    expect(Object.keys(entry).toSorted()).toEqual(["ServiceError", "services"]);
  });
});

describe("what an editor shows", () => {
  const entries = [
    "index",
    "index.browser",
    "client",
    "jetstream/index",
    "kv/index",
    "object-store/index",
    "services/index",
  ].map((name) => `dist/${name}.d.ts`);
  const exporting = entries.flatMap((entry) =>
    [...read(entry).matchAll(/from "(\.[^"]+)\.[jt]s"/g)].map(([, path]) =>
      posix.join(posix.dirname(entry), `${path}.d.ts`),
    ),
  );

  it("has no ID of a behaviour, and does not speak of nats.go as of a seed", () => {
    expect(exporting.length).toBeGreaterThan(20);
    const texts = exporting.flatMap((file) => read(file).match(/\/\*\*[\s\S]*?\*\//g) ?? []);
    expect(texts.length).toBeGreaterThan(100);
    const wrong = /\b(?!UTF-|SHA-|MIT-)[A-Z]{2,}-\d+\b|in the seed|the seed's (?!key)/;
    expect(texts.filter((text) => wrong.test(text))).toEqual([]);
  });
});

describe("the sources", () => {
  const sources = files("src");

  it("have no mutable state at module level", () => {
    expect(sources.filter((file) => /^(export )?(let|var) /m.test(read(file)))).toEqual([]);
  });

  it("read the text of errors in the table of server errors only", () => {
    const reading = /\.message\s*((===|!==)\s*["'`]|\.(includes|startsWith|endsWith|match)\()/;
    expect(sources.filter((file) => reading.test(read(file)))).toEqual([]);
  });
});

function code(file: string): string {
  return read(file).replaceAll(/\/\*[\s\S]*?\*\//g, "");
}

function files(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`);
}

function read(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}
