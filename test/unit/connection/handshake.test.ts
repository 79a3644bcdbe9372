import { describe, expect, test } from "vitest";
import { Handshake, type HandshakeOptions } from "../../../src/core/connection/handshake.ts";
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
  user: undefined,
  password: undefined,
  token: undefined,
  echo: true,
  verbose: false,
  pedantic: false,
};

function shake(options: Partial<HandshakeOptions> = {}): Handshake {
  return new Handshake({ ...PLAIN, ...options }, SERVER);
}

/** What an INFO with these fields is answered with. */
function answer(options: Partial<HandshakeOptions>, info: object): string {
  return shake(options).onInfo(JSON.stringify(info)).map(latin1).join("");
}

describe("the answer to INFO", () => {
  test("is CONNECT and PING, in one go [HS-01] [HS-02]", () => {
    const parts = shake().onInfo('{"proto":1,"headers":true}').map(latin1);
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
      user: "u",
      password: "p",
      token: "t",
      echo: false,
      verbose: true,
      pedantic: true,
    };
    expect(answer(options, { proto: 1 })).toBe(
      `CONNECT {"verbose":true,"pedantic":true,"user":"u","pass":"p","auth_token":"t","tls_required":false,"name":"n","lang":"natspeed","version":"${VERSION}","protocol":1,"echo":false,"headers":false,"no_responders":false}\r\nPING\r\n`,
    );
  });

  test("leaves out credentials that are empty [HS-03]", () => {
    const line = answer({ user: "joe", password: "", token: "" }, { proto: 1 });
    expect(line).toContain('"user":"joe"');
    expect(line).not.toMatch(/"pass"|"auth_token"/);
  });

  test("takes an INFO without an argument as one without fields [INFO-04]", () => {
    expect(latin1(shake().onInfo("")[0]!)).toContain('"headers":false');
  });

  test("is none to what is no JSON [INFO-05]", () => {
    expect(() => shake().onInfo("{'x'}")).toThrow(ProtocolError);
  });

  test("is none to a server that needs TLS", () => {
    const error = thrownBy(() => shake().onInfo('{"tls_required":true}'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "TLS_REQUIRED", server: SERVER });
  });

  test("without echo is none to a server that does not know it [HS-14]", () => {
    const error = thrownBy(() => shake({ echo: false }).onInfo('{"proto":0}'));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ code: "ECHO_NOT_SUPPORTED", argument: "echo" });
    expect(() => shake({ echo: false }).onInfo('{"proto":1}')).not.toThrow();
    expect(() => shake({ echo: true }).onInfo('{"proto":0}')).not.toThrow();
  });
});

describe("what comes after INFO", () => {
  function afterInfo(options: Partial<HandshakeOptions> = {}): Handshake {
    const handshake = shake(options);
    handshake.onInfo('{"server_id":"X","proto":1}');
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
    expect(() => afterInfo().onInfo("{}")).toThrow(`${SERVER} sent INFO where PONG was expected`);
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
