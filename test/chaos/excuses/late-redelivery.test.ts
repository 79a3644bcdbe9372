/**
 * What the chaos run over JetStream excuses (`jetstream/ledger.ts`): an ack calls nothing back. A server and bare sockets: no line of
 * natspeed has part in it.
 */
import { expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { useServer } from "../../support/nats-server.ts";
import { Proxy } from "../../support/proxy.ts";
import { RawClient } from "../../support/raw-client.ts";

const access = useServer({ jetstream: true });

const STREAM = { name: "S", subjects: ["s"], storage: "memory" };
const CONSUMER = {
  stream_name: "S",
  config: { durable_name: "C", ack_policy: "explicit", ack_wait: 100_000_000 },
};

it("a message comes again after its ack was confirmed, if it was on its way again before", async () => {
  await using proxy = await Proxy.start(access.server.port);
  const quick = await dial(access.server.port, "quick");
  const slow = await dial(proxy.port, "slow");
  await ask(quick, "STREAM.CREATE.S", STREAM);
  await ask(quick, "CONSUMER.DURABLE.CREATE.S.C", CONSUMER);
  quick.send("PUB s 5\r\nhello\r\n");
  pull(quick, "quick.pull");
  await quick.until(/^MSG s 2 \$JS\.ACK\.S\.C\.1\.1\..*\r\nhello\r\n/m);

  proxy.stall("down");
  pull(slow, "slow.pull");
  await eventually(async () => {
    expect(await ask(quick, "CONSUMER.INFO.S.C")).toMatchObject({ num_redelivered: 1 });
  });
  const [reply] = /\$JS\.ACK\S+/.exec(quick.received)!;
  await quick.until("MSG confirmed 1 0", `PUB ${reply} confirmed 4\r\n+ACK\r\n`);
  expect(await ask(quick, "CONSUMER.INFO.S.C")).toMatchObject({ num_ack_pending: 0 });
  expect(slow.received).not.toContain("MSG s ");
  proxy.resume("down");
  await slow.until(/^MSG s 2 \$JS\.ACK\.S\.C\.2\.1\..*\r\nhello\r\n/m);
  quick.destroy();
  slow.destroy();
});

async function dial(port: number, inbox: string): Promise<RawClient> {
  const client = await RawClient.connect(port);
  await client.until("PONG", `CONNECT {"verbose":false}\r\nSUB confirmed 1\r\nSUB ${inbox}.* 2\r\nPING\r\n`);
  return client;
}

/** One message, for as long as it takes. */
function pull(client: RawClient, inbox: string): void {
  client.send(`PUB $JS.API.CONSUMER.MSG.NEXT.S.C ${inbox} 1\r\n1\r\n`);
}

let asked = 0;

/** What JetStream's API answers to the quick one. */
async function ask(client: RawClient, verb: string, body?: object): Promise<unknown> {
  const payload = body === undefined ? "" : JSON.stringify(body);
  const inbox = `quick.${++asked}`;
  const answer = new RegExp(String.raw`^MSG ${inbox} 2 \d+\r\n(.*)\r\n`, "m");
  const all = await client.until(answer, `PUB $JS.API.${verb} ${inbox} ${payload.length}\r\n${payload}\r\n`);
  return JSON.parse(answer.exec(all)![1]!);
}
