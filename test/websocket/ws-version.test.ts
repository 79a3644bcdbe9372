import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Three chunks that come while the first is being inflated: a compressed message, a close that is invalid, and more. */
const PROGRAM = `
  import { deflateRawSync, constants } from "node:zlib";
  import { PerMessageDeflate, Receiver } from "ws";
  const inflating = new PerMessageDeflate({ isServer: true });
  inflating.accept([{}]);
  const receiver = new Receiver({ isServer: true, extensions: { "permessage-deflate": inflating } });
  receiver.on("error", (error) => console.log(error.code));
  const frame = (first, payload) =>
    Buffer.concat([Buffer.from([first, 0x80 | payload.length, 1, 2, 3, 4]), payload.map((byte, i) => byte ^ ((i & 3) + 1))]);
  const compressed = deflateRawSync(Buffer.alloc(1000), { finishFlush: constants.Z_SYNC_FLUSH });
  receiver.write(frame(0xc2, compressed.subarray(0, -4)));
  receiver.write(frame(0x88, Buffer.from([0, 5])));
  receiver.write(frame(0x82, Buffer.from("more")));`;

// docs/decisions/0007-ws.md: from 8.22.2 to 8.23.0 that is an uncaught TypeError, which ends the process.
test("the ws that is depended on tells of bad frames behind a compressed message by an event", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect([status, stdout]).toEqual([0, "WS_ERR_INVALID_CLOSE_CODE\n"]);
});
