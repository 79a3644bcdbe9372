/** Asks the server who one is; the answer comes from another of its threads. */
export const ASK = "SUB inbox 9\r\nPUB $SYS.REQ.USER.INFO inbox 0\r\n\r\n";

/** What the answer says, without the server's own. */
export function answerIn(received: string): unknown {
  const [, json = "{}"] =
    /^H?MSG inbox 9 [\d ]+\r\n(?:NATS\/1\.0[^]*?\r\n\r\n)?(\{.*\})\r\n/m.exec(received) ?? [];
  // nats-server lists subjects in an order of their own each time.
  const { server, ...rest } = JSON.parse(json, (name, value: unknown) => {
    if (name === "expires") return typeof value;
    return Array.isArray(value) ? value.map(String).sort() : value;
  }) as { server?: object };
  return { ...rest, server: Object.keys(server ?? {}).filter((name) => !ONLY_NATS_SERVER.includes(name)) };
}

const ONLY_NATS_SERVER = ["jetstream", "flags", "feature_flags", "cluster", "domain", "metadata"];
