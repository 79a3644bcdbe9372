import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { Certificates } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { NEVER } from "../support/never.ts";
import { Peer, SOCKETS, withLink } from "../support/web-socket-peer.ts";

describe.each(SOCKETS)("%s:", (_, websocket) => {
  describe("frames", () => {
    test("may hold several operations, or a part of one, or nothing [WS-06] [WS-09]", async () => {
      await withLink({ websocket }, async (nc, peer) => {
        const got: string[] = [];
        nc.subscribe("a", { callback: (m) => void got.push(m.string()) });
        await nc.flush();
        peer.last.send(Buffer.from("MSG a 1 3\r\none\r\nMSG a 1 3\r\ntwo\r\nMS"));
        peer.last.send(Buffer.from("G a 1 5\r\nth"));
        peer.last.send(Buffer.alloc(0));
        peer.last.ping("still there?");
        peer.last.send(Buffer.from("ree\r\n"), { fin: true });
        await nc.flush();
        expect(got).toEqual(["one", "two", "three"]);
      });
    });

    test("may be fragments, with control frames between them [WS-11] [WS-12] [WS-13]", async () => {
      await withLink({ websocket }, async (nc, peer) => {
        const got: string[] = [];
        nc.subscribe("a", { callback: (m) => void got.push(m.string()) });
        await nc.flush();
        let pongs = 0;
        peer.last.on("pong", () => pongs++);
        peer.last.send(Buffer.from("MSG a 1 6\r\nfra"), { fin: false });
        peer.last.ping();
        peer.last.send(Buffer.from("med\r\n"), { fin: true });
        await eventually(() => expect(got).toEqual(["framed"]));
        await eventually(() => expect(pongs).toBe(1));
      });
    });

    test("of text are refused, and the link begins anew", async () => {
      await withLink({ websocket }, async (nc, peer, errors) => {
        peer.last.send("MSG a 1 1\r\nx\r\n");
        await eventually(() => expect(peer.sockets).toHaveLength(2));
        await eventually(() => expect(nc.state).toBe("connected"));
        expect(errors).toEqual([expect.stringContaining("TEXT_FRAME")]);
      });
    });

    test("that break the rules end the link [WS-10]", async () => {
      await withLink({ websocket }, async (nc, peer, errors) => {
        // A frame with a reserved bit set.
        peer.link.write(Buffer.from([0xf2, 0x00]));
        await eventually(() => expect(peer.sockets).toHaveLength(2));
        await eventually(() => expect(nc.state).toBe("connected"));
        expect(errors).toEqual([expect.stringContaining("DISCONNECTED")]);
      });
    });
  });

  describe("the end of a WebSocket", () => {
    test("that the application asks for is a close frame with 1000 [WS-15]", async () => {
      await withLink({ websocket }, async (nc, peer) => {
        await nc.close();
        await eventually(() => expect(peer.closes).toEqual([1000]));
      });
    });

    test("for an error is none [WS-16]", async () => {
      await withLink({ websocket }, async (nc, peer) => {
        peer.last.send(Buffer.from("NONSENSE\r\n"));
        await eventually(() => expect(peer.closes).toEqual([1006]));
        await eventually(() => expect(nc.state).toBe("connected"));
      });
    });

    test.each([1000, 1001, 1008, 1011])("by the peer with %i is a lost link [WS-14]", async (code) => {
      await withLink({ websocket }, async (nc, peer, errors) => {
        peer.last.close(code, "because");
        await eventually(() => expect(peer.sockets).toHaveLength(2));
        await eventually(() => expect(nc.state).toBe("connected"));
        const why = code < 1008 ? "closed the link" : `closed with ${code}: because`;
        expect(errors).toEqual([expect.stringContaining(why)]);
      });
    });

    test("in the middle of a frame is a lost link", async () => {
      await withLink({ websocket }, async (nc, peer, errors) => {
        const socket = peer.link;
        socket.end(Buffer.from([0x82, 0x7e, 0x01, 0x00, 0x4d]));
        await eventually(() => expect(peer.sockets).toHaveLength(2));
        await eventually(() => expect(nc.state).toBe("connected"));
        expect(errors).toHaveLength(1);
      });
    });
  });

  test("a peer that reads nothing fills the buffers, and ready() waits", async () => {
    await withLink({ websocket }, async (nc, peer) => {
      await nc.flush();
      peer.link.pause();
      const payload = new Uint8Array(512 * 1024);
      for (let i = 0; i < 40; i++) nc.publish("a", payload);
      expect(nc.pendingBytes).toBeGreaterThan(1024 * 1024);
      expect(await failure(nc.ready({ timeout: 50 }))).toMatchObject({ code: "TIMEOUT" });
      peer.link.resume();
      await nc.ready();
      await nc.flush();
      expect(nc.pendingBytes).toBe(0);
    });
  });
});

test("pings of the peer in the middle of writes over TLS do not stop what follows [WS-12]", async () => {
  using certificates = new Certificates();
  const authority = await certificates.authority();
  await using peer = await Peer.start({ tls: await authority.issue() });
  await using nc = await connect({ servers: peer.url, tls: { ca: authority.cert }, timeout: NEVER });
  let pings = 0;
  let pongs = 0;
  peer.last.on("pong", () => pongs++);
  // The pong is then written behind a frame that is still on its way.
  peer.last.on("message", () => {
    pings++;
    peer.last.ping("x".repeat(100));
  });
  for (let turn = 0; turn < 250; turn++) {
    for (let i = 0; i < 20; i++) nc.publish("a", "x".repeat(1000));
    await new Promise((resolve) => setImmediate(resolve));
    await nc.ready({ timeout: NEVER });
  }
  await nc.flush({ timeout: NEVER });
  expect(peer.received.match(/PUB/g)).toHaveLength(5000);
  expect(pings).toBeGreaterThan(100);
  await eventually(() => expect(pongs).toBe(pings));
});
