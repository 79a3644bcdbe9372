import { expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { Peer } from "../conformance/peer.ts";
import { connect } from "../conformance/scenario.ts";
import { useTls } from "../support/tls-server.ts";

const tls = useTls();

/** More than a socket takes at once, so that INFO is on its way for a while. */
const MANY_URLS = Array.from({ length: 500_000 }, (_, i) => `127.0.0.1:${i % 65_536}`);

test.each([
  ["TLS where it is required", true, true],
  ["TLS where it is not", false, true],
  ["no TLS where it is not required", false, false],
])("%s, after an INFO that takes its time to leave", async (_, required, isSecure) => {
  const { cert, key } = tls.setup.server;
  await using server = await startServer({
    tls: { cert, key, required, timeout: 20_000 },
    connectUrls: MANY_URLS,
  });
  const peer = await Peer.open(Number(new URL(server.url).port));
  await peer.until("\r\n");
  if (isSecure) await peer.secure({ ca: tls.setup.authority.cert, servername: "localhost" });
  const { length } = peer.received;
  peer.send(`${connect()}SUB a 1\r\nPUB a 2\r\nhi\r\n`);
  await peer.sync();
  expect(peer.received.slice(length)).toBe("MSG a 1 2\r\nhi\r\nPONG\r\n");
  peer.destroy();
});
