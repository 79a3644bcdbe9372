import { describe, expect, test } from "vitest";
import { jetstream, type JetStreamOptions } from "../../../src/jetstream/index.ts";
import { resolveJetStreamOptions } from "../../../src/jetstream/options.ts";
import { thrown } from "../../support/failure.ts";

describe("the options of jetstream()", () => {
  test.each<[JetStreamOptions, string]>([
    [{}, "$JS.API"],
    [{ domain: "hub" }, "$JS.hub.API"],
    [{ apiPrefix: "JS.of.acme" }, "JS.of.acme"],
    [{ apiPrefix: "JS.of.acme." }, "JS.of.acme"],
    [{ domain: "", apiPrefix: "" }, "$JS.API"],
  ])("[JS-CTX-02] lead to a prefix: %j", (options, prefix) => {
    expect(resolveJetStreamOptions(options).prefix).toBe(prefix);
  });

  test("[JS-CTX-03] have a timeout of 5 seconds", () => {
    expect(resolveJetStreamOptions({}).timeout).toBe(5000);
    expect(resolveJetStreamOptions({ timeout: 100 }).timeout).toBe(100);
  });

  test.each<[string, object, string]>([
    ["domain", { domain: "hub", apiPrefix: "JS.of.acme" }, "excludes"],
    ["domain", { domain: "a.b" }, "no dots"],
    ["domain", { domain: "a b" }, "no dots"],
    ["domain", { domain: "*" }, "no dots"],
    ["domain", { domain: "a\r\nPING" }, "no dots"],
    ["domain", { domain: 5 }, "string"],
    ["apiPrefix", { apiPrefix: "JS.*" }, "wildcard"],
    ["apiPrefix", { apiPrefix: "JS..API" }, "empty token"],
    ["apiPrefix", { apiPrefix: "JS API" }, "white space"],
    ["apiPrefix", { apiPrefix: ".JS" }, "empty token"],
    ["timeout", { timeout: -1 }, "timeout"],
    ["timeout", { timeout: "5s" }, "timeout"],
    ["trace", { trace: true }, "function"],
    ["domian", { domian: "hub" }, 'did you mean "domain"?'],
    ["prefix", { prefix: "x" }, '"apiPrefix"'],
  ])("[JS-CTX-02] are refused: %s of %j", (argument, options, text) => {
    const error = thrown(() => resolveJetStreamOptions(options));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument });
    expect(error.message).toContain(text);
  });

  test.each([undefined, null, {}, "nats://127.0.0.1"])("are refused without a connection: %j", (nc) => {
    expect(thrown(() => jetstream(nc as never))).toMatchObject({ code: "INVALID_OPTION", argument: "nc" });
  });
});
