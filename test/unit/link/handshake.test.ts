import { describe, expect, test } from "vitest";
import { signNonce } from "../../../src/core/auth/sign-nonce.ts";
import { Handshake, type HandshakeOptions } from "../../../src/core/link/handshake.ts";
import {
  ArgumentError,
  AuthenticationError,
  ConnectionError,
  ProtocolError,
} from "../../../src/core/errors.ts";
import { VERSION } from "../../../src/core/version.ts";
import { latin1 } from "../support/bytes.ts";
import { thrownBy } from "../support/thrown.ts";

const SERVER = "nats://a:4222";

const PLAIN: HandshakeOptions = {
  name: "",
  credentials: {},
  tls: "allow",
  echo: true,
  verbose: false,
  pedantic: false,
  signNonce,
};

const CLEAR = { isSecure: false, canStartTls: true };

function shake(options: Partial<HandshakeOptions> = {}): Handshake {
  return new Handshake({ ...PLAIN, ...options }, SERVER);
}

/** What `handshake` answers, without a signature. */
function answered(handshake: Handshake, json: string): string[] {
  expect(handshake.onInfo(json, CLEAR)).toBe(false);
  return handshake.answer(undefined).map(latin1);
}

/** What an INFO with these fields is answered with. */
function answer(options: Partial<HandshakeOptions>, info: object): string {
  return answered(shake(options), JSON.stringify(info)).join("");
}

describe("the answer to INFO", () => {
  test("is CONNECT and PING, in one go [HS-01] [HS-02]", () => {
    const parts = answered(shake(), '{"proto":1,"headers":true}');
    expect(parts).toEqual([expect.stringMatching(/^CONNECT \{.*\}\r\n$/), "PING\r\n"]);
  });

  test("has all fields that are always there, in order [HS-03] [HS-04] [HS-05] [HS-06]", () => {
    expect(answer({}, { proto: 1, headers: true })).toBe(
      `CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":"","lang":"natspeed","version":"${VERSION}","protocol":1,"echo":true,"headers":true,"no_responders":true}\r\nPING\r\n`,
    );
  });

  test("has the credentials in between [HS-03] [AUTH-03]", () => {
    const options = {
      name: "n",
      credentials: { user: "u", password: "p", token: "t" },
      echo: false,
      verbose: true,
      pedantic: true,
    };
    expect(answer(options, { proto: 1 })).toBe(
      `CONNECT {"verbose":true,"pedantic":true,"user":"u","pass":"p","auth_token":"t","tls_required":false,"name":"n","lang":"natspeed","version":"${VERSION}","protocol":1,"echo":false,"headers":false,"no_responders":false}\r\nPING\r\n`,
    );
  });

  test("leaves out credentials that are empty [HS-03]", () => {
    const line = answer(
      { credentials: { user: "joe", password: "", token: "", jwt: "", nkey: "" } },
      { proto: 1 },
    );
    expect(line).toContain('"user":"joe"');
    expect(line).not.toMatch(/"pass"|"auth_token"|"jwt"|"nkey"|"sig"/);
  });

  test("takes an INFO without an argument as one without fields [INFO-04]", () => {
    expect(answered(shake(), "")[0]).toContain('"headers":false');
  });

  test("is none to what is no JSON [INFO-05]", () => {
    expect(() => shake().onInfo("{'x'}", CLEAR)).toThrow(ProtocolError);
  });

  test("has the signature of the nonce, for an nkey and for a JWT [AUTH-06]", async () => {
    const sign = (nonce: Uint8Array): Uint8Array => new Uint8Array(64).fill(nonce.length);
    for (const credentials of [
      { nkey: "U", sign },
      { jwt: "J", sign },
    ]) {
      const handshake = shake({ credentials });
      handshake.onInfo('{"nonce":"abc","proto":1}', CLEAR);
      const signature = await handshake.sign();
      expect(signature).toBe("AwMD".repeat(21) + "Aw");
      expect(latin1(handshake.answer(signature)[0]!)).toContain(`"sig":"${signature}"`);
    }
  });

  test("needs no signature without an nkey or a JWT [AUTH-06]", () => {
    const handshake = shake({ credentials: { user: "u", sign: () => new Uint8Array(64) } });
    handshake.onInfo('{"nonce":"abc","proto":1}', CLEAR);
    expect(handshake.sign()).toBeUndefined();
  });

  test("with an nkey is none to a server without a nonce [INFO-12]", () => {
    const handshake = shake({ credentials: { nkey: "U", sign: () => new Uint8Array(64) } });
    handshake.onInfo('{"proto":1}', CLEAR);
    expect(thrownBy(() => handshake.sign())).toMatchObject({ code: "NKEYS_NOT_SUPPORTED", server: SERVER });
  });

  test("without echo is none to a server that does not know it [HS-14]", () => {
    const error = thrownBy(() => shake({ echo: false }).onInfo('{"proto":0}', CLEAR));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ code: "ECHO_NOT_SUPPORTED", argument: "echo" });
    expect(() => shake({ echo: false }).onInfo('{"proto":1}', CLEAR)).not.toThrow();
    expect(() => shake({ echo: true }).onInfo('{"proto":0}', CLEAR)).not.toThrow();
  });
});

describe("TLS", () => {
  const required = '{"tls_required":true}';
  const available = '{"tls_available":true}';
  const none = "{}";

  test.each([
    ["insist", required, true],
    ["insist", available, true],
    ["allow", required, true],
    ["allow", available, true],
    ["allow", none, false],
    ["refuse", available, false],
    ["refuse", none, false],
  ] as const)(
    "to %s, with a server that says %s, begins: %s [TLS-01] [TLS-02] [TLS-03]",
    (tls, info, begins) => {
      expect(shake({ tls }).onInfo(info, CLEAR)).toBe(begins);
    },
  );

  test("that is wanted and not offered ends the attempt, in clear nothing is said [TLS-01]", () => {
    const error = thrownBy(() => shake({ tls: "insist" }).onInfo(none, CLEAR));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "TLS_NOT_AVAILABLE", server: SERVER });
  });

  test.each([
    ["refuse", CLEAR],
    ["allow", { isSecure: false, canStartTls: false }],
  ] as const)("that is required ends the attempt of who would %s, or can't", (tls, link) => {
    expect(thrownBy(() => shake({ tls }).onInfo(required, link))).toMatchObject({ code: "TLS_REQUIRED" });
  });

  test("that is offered does not begin where the link can't", () => {
    expect(shake({ tls: "allow" }).onInfo(available, { isSecure: false, canStartTls: false })).toBe(false);
  });

  test("does not begin twice [TLS-04]", () => {
    expect(shake({ tls: "insist" }).onInfo(required, { isSecure: true, canStartTls: false })).toBe(false);
  });

  test("that is insisted on shows in CONNECT [HS-06] [TLS-05]", () => {
    const handshake = shake({ tls: "insist" });
    handshake.onInfo(required, CLEAR);
    expect(latin1(handshake.answer(undefined)[0]!)).toContain('"tls_required":true');
  });

  test("that begins because the server requires it does not show in CONNECT [HS-06] [TLS-05]", () => {
    const handshake = shake({ tls: "allow" });
    expect(handshake.onInfo(required, CLEAR)).toBe(true);
    expect(latin1(handshake.answer(undefined)[0]!)).toContain('"tls_required":false');
  });
});

describe("what comes after INFO", () => {
  function afterInfo(options: Partial<HandshakeOptions> = {}): Handshake {
    const handshake = shake(options);
    handshake.onInfo('{"server_id":"X","proto":1}', CLEAR);
    handshake.answer(undefined);
    return handshake;
  }

  test("is a PONG, with which the handshake is over [HS-07]", () => {
    expect(afterInfo().onPong()).toMatchObject({ serverId: "X", protocol: 1 });
  });

  test("may be one +OK, for a verbose client only [HS-08] [SC-03]", () => {
    const verbose = afterInfo({ verbose: true });
    verbose.onOk();
    expect(thrownBy(() => verbose.onOk())).toMatchObject({ code: "MALFORMED_OPERATION" });
    expect(() => afterInfo().onOk()).toThrow(`${SERVER} sent +OK where PONG was expected`);
  });

  test("must not be another INFO, a message or a PING [HS-11]", () => {
    expect(() => afterInfo().onInfo("{}", CLEAR)).toThrow(`${SERVER} sent INFO where PONG was expected`);
    expect(afterInfo().onOther("MSG")).toMatchObject({
      code: "MALFORMED_OPERATION",
      server: SERVER,
      message: `${SERVER} sent MSG where PONG was expected`,
    });
  });

  test("may be an -ERR, which is why the attempt failed [HS-09] [HS-10] [AUTH-11]", () => {
    const refused = afterInfo().onServerError("'Authorization Violation'");
    expect(refused).toBeInstanceOf(AuthenticationError);
    expect(refused).toMatchObject({ code: "AUTHORIZATION_VIOLATION", server: SERVER });
    expect(refused.message).toContain("Authorization Violation");
    expect(afterInfo().onServerError("'No Idea'")).toMatchObject({ code: "SERVER_ERROR", server: SERVER });
  });

  test("may be malformed, which is told as it is", () => {
    const error = new ProtocolError("LINE_TOO_LONG", "x");
    expect(afterInfo().onMalformed(error)).toBe(error);
  });
});

describe("a peer that does not begin with INFO is no NATS server [INFO-03]", () => {
  test.each(["PONG", "+OK"])("but says %s", (verb) => {
    const say = verb === "PONG" ? () => shake().onPong() : () => shake({ verbose: true }).onOk();
    const error = thrownBy(say);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: "NOT_A_NATS_SERVER", server: SERVER });
    expect(String(error)).toContain(`sent ${verb} where INFO was expected`);
  });

  test("but sends a message", () => {
    expect(shake().onOther("MSG")).toMatchObject({ code: "NOT_A_NATS_SERVER" });
  });

  test("but what can't be decoded at all", () => {
    const cause = new ProtocolError("MALFORMED_OPERATION", "unknown operation");
    expect(shake().onMalformed(cause)).toMatchObject({ code: "NOT_A_NATS_SERVER", server: SERVER, cause });
  });
});
