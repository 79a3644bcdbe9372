import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../../src/core/errors.ts";
import { parseServerInfo } from "../../../src/core/protocol/server-info.ts";

const FULL = {
  server_id: "NABC",
  server_name: "n1",
  version: "2.15.2",
  proto: 1,
  host: "10.0.0.1",
  port: 4222,
  headers: true,
  auth_required: true,
  tls_required: true,
  tls_available: true,
  jetstream: true,
  max_payload: 1_048_576,
  client_id: 18_446_744,
  client_ip: "10.0.0.9",
  nonce: "abc",
  cluster: "c1",
  domain: "hub",
  remote_account: "SALES",
  acc_is_sys: true,
  connect_urls: ["10.0.0.1:4222", "[::1]:4222"],
  ws_connect_urls: ["10.0.0.1:80"],
  ldm: true,
  api_lvl: 2,
  git_commit: "ignored",
  xkey: "ignored",
};

const EMPTY = {
  serverId: "",
  serverName: "",
  version: "",
  protocol: 0,
  host: "",
  port: 0,
  headers: false,
  authRequired: false,
  tlsRequired: false,
  tlsAvailable: false,
  jetstream: false,
  maxPayload: undefined,
  clientId: undefined,
  clientIp: undefined,
  nonce: undefined,
  cluster: undefined,
  domain: undefined,
  account: undefined,
  systemAccount: false,
  connectUrls: [],
  wsConnectUrls: [],
  lameDuck: false,
  apiLevel: 0,
};

describe("parseServerInfo", () => {
  test("reads all known fields and ignores the others [INFO-01]", () => {
    expect(parseServerInfo(JSON.stringify(FULL))).toStrictEqual({
      serverId: "NABC",
      serverName: "n1",
      version: "2.15.2",
      protocol: 1,
      host: "10.0.0.1",
      port: 4222,
      headers: true,
      authRequired: true,
      tlsRequired: true,
      tlsAvailable: true,
      jetstream: true,
      maxPayload: 1_048_576,
      clientId: 18_446_744,
      clientIp: "10.0.0.9",
      nonce: "abc",
      cluster: "c1",
      domain: "hub",
      account: "SALES",
      systemAccount: true,
      connectUrls: ["10.0.0.1:4222", "[::1]:4222"],
      wsConnectUrls: ["10.0.0.1:80"],
      lameDuck: true,
      apiLevel: 2,
    });
  });

  test("gives fields that are missing an empty value [INFO-01]", () => {
    expect(parseServerInfo("{}")).toStrictEqual(EMPTY);
  });

  test("takes a field of the wrong type as missing [INFO-01]", () => {
    const wrong = Object.fromEntries(Object.keys(FULL).map((name) => [name, { no: "value" }]));
    expect(parseServerInfo(JSON.stringify(wrong))).toStrictEqual(EMPTY);
    const nulls = Object.fromEntries(Object.keys(FULL).map((name) => [name, null]));
    expect(parseServerInfo(JSON.stringify(nulls))).toStrictEqual(EMPTY);
    expect(
      parseServerInfo('{"headers":"true","ldm":1,"port":-1,"proto":1.5,"max_payload":"9"}'),
    ).toStrictEqual(EMPTY);
    expect(parseServerInfo('{"connect_urls":["a:1",2,null,"b:2"]}').connectUrls).toEqual(["a:1", "b:2"]);
  });

  test("replaces what an earlier INFO said, and keeps its payload limit and the account only [INFO-02]", () => {
    const before = parseServerInfo(JSON.stringify(FULL));
    expect(parseServerInfo("{}", before)).toStrictEqual({
      ...EMPTY,
      maxPayload: 1_048_576,
      account: "SALES",
      systemAccount: true,
    });
    expect(parseServerInfo('{"max_payload":0}', before).maxPayload).toBe(0);
    expect(parseServerInfo('{"max_payload":10}', before).maxPayload).toBe(10);
  });

  test("tolerates white space in the JSON [INFO-07]", () => {
    expect(parseServerInfo(' { "port" :\t7 } ').port).toBe(7);
  });

  test.each(["", "{'x'}", "nonsense", "{", "[]", "null", "7", '"x"', "{} {}"])(
    "refuses %j, which is no JSON object [INFO-05] [SC-02]",
    (json) => {
      expect(() => parseServerInfo(json)).toThrow(ProtocolError);
      expect(() => parseServerInfo(json)).toThrow(/INFO is not a JSON object/);
    },
  );

  test("says what a JSON parser objected to, and shows only the beginning of what it got", () => {
    try {
      parseServerInfo(`{${"x".repeat(5000)}`);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "MALFORMED_OPERATION", cause: expect.any(SyntaxError) as unknown });
      expect(String(error).length).toBeLessThan(200);
    }
  });

  test("throws nothing but ProtocolError, whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constantFrom('{"__proto__":{"port":1}}')), (json) => {
        try {
          expect(parseServerInfo(json).port).toBeTypeOf("number");
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
