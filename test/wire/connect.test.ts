import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ConnectOptions, connect, isNatsError, type NatsError } from "../../src/index.ts";
import type { InfoFields, ScriptedPeer } from "../support/scripted-peer.ts";
import { onTheWire, withScript } from "./wire.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Everything that a client sends until it is connected. */
async function handshakeOf(options: ConnectOptions, info: InfoFields = {}, userInfo = ""): Promise<string> {
  let handshake = "";
  const script = async (peer: ScriptedPeer): Promise<void> => {
    await peer.accept(info);
    handshake = peer.received;
  };
  await withScript(script, async (server) => {
    const nc = await connect({ servers: server.url.replace("//", `//${userInfo}`), ...options });
    await nc.close();
  });
  return handshake;
}

/** How connecting fails when the server follows this script. */
async function failureOf(
  script: (peer: ScriptedPeer) => Promise<void> | void,
  options: ConnectOptions = {},
): Promise<NatsError> {
  let failure: unknown;
  await withScript(script, async (server) => {
    failure = await connect({ servers: server.url, timeout: 20_000, ...options }).then(
      (nc) => nc.close(),
      (error: unknown) => error,
    );
  });
  if (!isNatsError(failure)) throw new Error(`expected connecting to fail, but it gave ${String(failure)}`);
  return failure;
}

/** Takes the client's answer to INFO, and replies with this. */
function replying(reply: string) {
  return async (peer: ScriptedPeer): Promise<void> => {
    peer.sendInfo();
    await peer.expect("CONNECT");
    await peer.expect("PING");
    peer.send(reply);
  };
}

const rest = `"lang":"natspeed","version":"${version}","protocol":1`;

describe("CONNECT [HS-03]", () => {
  test("by default, with PING behind it [HS-01] [HS-04] [WIRE-01]", async () => {
    expect(await handshakeOf({})).toBe(
      `CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":"",${rest},"echo":true,"headers":true,"no_responders":true}\r\nPING\r\n`,
    );
  });

  test("with a name, a user and every switch turned [OPT-32] [OPT-33]", async () => {
    const options = { name: 'billing "1"', user: "jo", password: "pä", echo: false, pedantic: true };
    expect(await handshakeOf(options)).toBe(
      `CONNECT {"verbose":false,"pedantic":true,"user":"jo","pass":"pä","tls_required":false,"name":"billing \\"1\\"",${rest},"echo":false,"headers":true,"no_responders":true}\r\nPING\r\n`,
    );
  });

  test("with a token", async () => {
    expect(await handshakeOf({ token: "t0k" })).toContain(
      '"pedantic":false,"auth_token":"t0k","tls_required"',
    );
  });

  test("with the user info of the URL, which takes the place of the options [AUTH-01] [AUTH-02] [SC-36]", async () => {
    const options = { user: "other", password: "none" };
    expect(await handshakeOf(options, {}, "j%40e:p%3Aw@")).toContain(
      '"pedantic":false,"user":"j@e","pass":"p:w","tls_required"',
    );
    expect(await handshakeOf(options, {}, "t0k@")).toContain(
      '"pedantic":false,"auth_token":"t0k","tls_required"',
    );
  });

  test("to a server without headers asks for neither them nor no-responders [HS-05]", async () => {
    for (const headers of [false, undefined]) {
      expect(await handshakeOf({}, { headers })).toContain('"headers":false,"no_responders":false}');
    }
  });
});

describe("the handshake", () => {
  test("takes one +OK if it is verbose [HS-08]", async () => {
    await withScript(replying("+OK\r\nPONG\r\n"), async (server) => {
      const nc = await connect({ servers: server.url, verbose: true });
      expect((await server.peer(1)).received).toContain('CONNECT {"verbose":true,');
      await nc.close();
    });
  });

  test("takes INFO with any blanks, in any pieces [INFO-07] [WIRE-10]", async () => {
    const script = async (peer: ScriptedPeer): Promise<void> => {
      for (const piece of ["IN", 'FO \t {"server_id":', ' "X" , "proto":1}', " \r", "\n"]) {
        peer.send(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send("PO");
      await new Promise((resolve) => setTimeout(resolve, 5));
      peer.send("NG\r\n");
    };
    await withScript(script, async (server) => {
      const nc = await connect(server.url);
      expect(nc.info?.serverId).toBe("X");
      await nc.close();
    });
  });

  test("leaves what stands behind the PONG to be read after it [HS-12] [INFO-06] [SC-04]", async () => {
    let own = 0;
    const script = async (peer: ScriptedPeer): Promise<void> => {
      peer.sendInfo();
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send(`PONG\r\nINFO {"connect_urls":["127.0.0.1:${own}","me:1"]}\r\nPING\r\n`);
      expect(await peer.readLine()).toBe("PONG");
    };
    await withScript(script, async (server) => {
      own = server.port;
      const nc = await connect({ servers: server.url, randomize: false });
      await server.done();
      expect(nc.servers).toEqual([server.url, "nats://me:1"]);
      await nc.close();
    });
  });

  test("fails with what the server says against it [HS-09] [AUTH-11]", async () => {
    const refused = await failureOf(replying("-ERR 'Authorization Violation'\r\n"));
    expect(refused).toMatchObject({ name: "AuthenticationError", code: "AUTHORIZATION_VIOLATION" });
    expect(refused.message).toContain("Authorization Violation");
    expect(await failureOf(replying("-ERR 'No Room Here'\r\n"))).toMatchObject({
      code: "SERVER_ERROR",
      message: expect.stringContaining("No Room Here") as unknown,
    });
  });

  test.each([
    ["+OK that nobody asked for", "+OK\r\nPONG\r\n", {}, "sent +OK where PONG was expected"],
    ["a second +OK", "+OK\r\n+OK\r\nPONG\r\n", { verbose: true }, "sent +OK where PONG was expected"],
    ["an unknown verb after +OK", "+OK\r\nXXX\r\n", { verbose: true }, "XXX"],
    ["INFO", "INFO {}\r\nPONG\r\n", {}, "sent INFO where PONG was expected"],
    ["PING", "PING\r\nPONG\r\n", {}, "sent PING where PONG was expected"],
    ["a message", "MSG a 1 0\r\n\r\nPONG\r\n", {}, "sent MSG where PONG was expected"],
  ])("fails on %s in place of PONG [HS-07] [HS-11] [SC-03]", async (_what, reply, options, text) => {
    const failure = await failureOf(replying(reply), options);
    expect(failure).toMatchObject({ name: "ProtocolError", code: "MALFORMED_OPERATION" });
    expect(failure.message).toContain(text);
  });

  test.each([
    ["another verb than INFO", "INFOZ \r\n"],
    ["PONG", "PONG\r\n"],
    ["a message", "MSG a 1 0\r\n\r\n"],
    ["the words of another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["INFO with what is no JSON", "INFO {'x'}\r\n"],
  ])("fails on %s at the beginning [INFO-03] [INFO-05] [SC-02]", async (_what, greeting) => {
    expect(await failureOf((peer) => peer.send(greeting))).toMatchObject({
      name: "ProtocolError",
      code: "NOT_A_NATS_SERVER",
    });
  });

  test("fails at once when the server goes away [SC-01] [HS-16]", async () => {
    const cut = await failureOf((peer) => {
      peer.send("INFO");
      peer.close();
    });
    expect(cut).toMatchObject({ code: "DISCONNECTED" });
    const later = await failureOf(async (peer) => {
      peer.sendInfo();
      await peer.expect("CONNECT");
      peer.close();
    });
    expect(later).toMatchObject({ code: "DISCONNECTED" });
  });

  test("fails when the server stays silent, naming the phase [SC-01]", async () => {
    const options = { timeout: 50 };
    expect(await failureOf(() => undefined, options)).toMatchObject({
      code: "CONNECT_TIMEOUT",
      phase: "info",
    });
    expect(await failureOf((peer) => peer.send("INFO\r\n"), options)).toMatchObject({
      code: "CONNECT_TIMEOUT",
      phase: "auth",
    });
  });

  test("sends nothing to a server that requires the TLS it may not use, nor without echo to one that knows none [HS-14]", async () => {
    const peers: ScriptedPeer[] = [];
    const saying = (info: InfoFields) => (peer: ScriptedPeer) => {
      peers.push(peer);
      peer.sendInfo(info);
    };
    expect(await failureOf(saying({ tls_required: true }), { tls: false })).toMatchObject({
      code: "TLS_REQUIRED",
    });
    expect(await failureOf(saying({ proto: 0 }), { echo: false })).toMatchObject({
      code: "ECHO_NOT_SUPPORTED",
    });
    await Promise.all(peers.map(({ closed }) => closed));
    expect(peers.map(({ received }) => received)).toEqual(["", ""]);
  });
});

describe("PING and PONG", () => {
  test("a PING is answered, behind what was published before [WIRE-24]", async () => {
    await onTheWire(async ({ nc, receive }) => {
      nc.subscribe("a", { callback: () => nc.publish("before", "1") });
      const sent = await receive("MSG a 1 0\r\n\r\nPING\r\nMSG a 1 0\r\n\r\n", 1);
      expect(sent).toBe("SUB a 1\r\nPUB before 1\r\n1\r\nPONG\r\nPUB before 1\r\n1\r\n");
    });
  });

  test("each PING has a PONG", async () => {
    await onTheWire(async ({ receive }) => {
      expect(await receive("PING\r\nping \r\nPING\n", 3)).toBe("PONG\r\nPONG\r\nPONG\r\n");
    });
  });

  test("flush and rtt send a PING and wait for the PONG [FLUSH-01] [FLUSH-12]", async () => {
    await onTheWire(async ({ nc, peer }) => {
      let flushed = false;
      const flush = nc.flush().then(() => {
        flushed = true;
      });
      expect(await peer.readLine()).toBe("PING");
      const rtt = nc.rtt();
      expect(await peer.readLine()).toBe("PING");
      expect(flushed).toBe(false);
      peer.send("PONG\r\n");
      await flush;
      peer.send("PONG\r\n");
      expect(await rtt).toBeGreaterThan(0);
    });
  });

  test("+OK and a PONG that nobody asked for are ignored [WIRE-25] [FLUSH-16]", async () => {
    await onTheWire(async ({ nc, peer, sent }) => {
      const sub = nc.subscribe("a");
      await sent();
      peer.send("+OK\r\nPONG\r\n+ok\r\nMSG a 1 0\r\n\r\n");
      await sub.next();
      expect(await sent()).toBe("");
      expect(nc.state).toBe("connected");
    });
  });
});
