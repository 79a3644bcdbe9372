import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { useServer } from "../support/nats-server.ts";

const access = useServer({ config: `authorization { user: "joe", password: "s3cret" }` });

const PROGRAM = `
import { connect } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
const nc = await connect({ servers: process.argv[1], user: "joe", password: "s3cret" });
const sub = nc.subscribe("greet");
nc.publish("greet", "the payload");
await sub.next();
await nc.drain();
`;

function run(debug: string): string {
  const { stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", PROGRAM, access.url],
    { encoding: "utf8", env: { ...process.env, NODE_DEBUG: debug } },
  );
  expect(status, stderr).toBe(0);
  return stderr;
}

describe("NODE_DEBUG=natspeed", () => {
  test("logs the protocol, without secrets and payloads", () => {
    const log = run("natspeed").replaceAll(/^NATSPEED \d+: /gm, "");
    const lines = log.split("\n").map((line) => line.replace(`${access.url} `, ""));
    expect(lines[0]).toBe("is dialled");
    expect(lines[1]).toMatch(/^< INFO \{/);
    expect(lines[2]).toMatch(/^> CONNECT \{.*"pass":"\*\*\*"/);
    for (const line of ["> SUB greet 1", "> PUB greet 11", "< MSG greet 1 11", "> UNSUB 1", "< PONG"]) {
      expect(lines).toContain(line);
    }
    expect(log).not.toMatch(/s3cret|the payload/);
  });

  test("is off for others", () => {
    expect(run("http")).not.toContain("NATSPEED");
  });
});
