import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";

const ENTRY = new URL("../../dist/server/index.js", import.meta.url).href;

test("a process whose server was stopped ends by itself, whoever still holds a socket", async () => {
  const script = `
    const { startServer } = await import(${JSON.stringify(ENTRY)});
    const server = await startServer({ websocket: {} });
    console.log(server.websocketUrl);
    process.stdin.once("data", async () => { await server.stop(); process.stdin.destroy(); });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const socket = connect(Number(new URL(String(line)).port), "127.0.0.1");
    socket.on("error", () => undefined).resume();
    await once(socket, "connect");
    const exit = once(child, "exit");
    child.stdin.write("stop\n");
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
