import { expect, test } from "vitest";
import { startServer } from "../../src/server/index.ts";
import { rawPeer, since } from "./faulty-peers.ts";

const MESSAGES = 40;

/** Which of five members gets each message. */
async function picks(seed: number): Promise<string> {
  await using server = await startServer({ seed });
  const raw = await rawPeer(server);
  const news = since(raw);
  const members = Array.from({ length: 5 }, (_, i) => `SUB a q ${i}\r\n`).join("");
  await raw.until(/PONG[^]*PONG\r\n/, `${members}${"PUB a 0\r\n\r\n".repeat(MESSAGES)}PING\r\n`);
  raw.destroy();
  return Array.from(news().matchAll(/^MSG a (\d) 0/gm), ([, sid]) => sid).join("");
}

test("the same seed gives the same members of a queue group, another one others", async () => {
  const [one, same, other] = [await picks(5), await picks(5), await picks(6)];
  expect(one).toHaveLength(MESSAGES);
  expect(new Set(one).size).toBe(5);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});
