import { shownJwt } from "../auth/jwt.ts";
import { shownUser } from "../auth/shown-user.ts";
import type { Hub, HubListener } from "../hub.ts";
import { toByteString } from "../protocol/bytes.ts";
import type { CloseReason } from "../protocol/violation.ts";
import { randomText } from "../random-text.ts";
import type { ClientFacts } from "../session/client-facts.ts";
import type { ServerReport } from "./server-report.ts";

const encoder = new TextEncoder();

/** Tells the system account who comes and goes: `$SYS.ACCOUNT.<account>.CONNECT` and `DISCONNECT`. */
export class SystemEvents implements HubListener {
  readonly #hub: Hub;
  readonly #report: () => ServerReport;

  constructor(hub: Hub, report: () => ServerReport) {
    this.#hub = hub;
    this.#report = report;
  }

  onConnect(client: ClientFacts): void {
    this.#tell("CONNECT", client, () => ({ client: described(client) }));
  }

  onClosed(client: ClientFacts, reason: CloseReason): void {
    const { inMessages, inBytes, outMessages, outBytes } = client.traffic;
    this.#tell("DISCONNECT", client, () => ({
      client: { ...described(client), stop: new Date().toISOString() },
      // As the client sees it.
      sent: { msgs: inMessages, bytes: inBytes },
      received: { msgs: outMessages, bytes: outBytes },
      reason,
    }));
  }

  #tell(event: "CONNECT" | "DISCONNECT", { identity }: ClientFacts, content: () => object): void {
    const { system } = this.#hub.accounts;
    if (identity === undefined) return;
    const subject = toByteString(`$SYS.ACCOUNT.${identity.account.name}.${event}`);
    const { plain, groups } = system.interest.match(subject);
    // Most servers have nobody who listens.
    if (plain.length + groups.length === 0) return;
    const document = {
      type: `io.nats.server.advisory.v1.client_${event.toLowerCase()}`,
      id: randomText(Math.random, 22),
      timestamp: new Date().toISOString(),
      server: this.#report(),
      ...content(),
    };
    system.publish(subject, encoder.encode(JSON.stringify(document)));
  }
}

/** What is empty is left out, as Go does. */
function described(client: ClientFacts): object {
  const { id, link, request, identity, startedAt, rtt } = client;
  const facts = {
    start: startedAt.toISOString(),
    host: link.host,
    id,
    acc: identity?.account.name ?? "",
    user: shownUser(request, identity),
    name: request.name,
    lang: request.lang,
    ver: request.version,
    // Nanoseconds.
    rtt: Math.round((rtt ?? 0) * 1e6),
    jwt: shownJwt(request.jwt),
    issuer_key: identity?.issuerKey ?? "",
    name_tag: identity?.accountName ?? identity?.account.name ?? "",
    tags: identity?.tags ?? [],
    kind: "Client",
    client_type: link.kind === "websocket" ? "websocket" : "nats",
  };
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== "" && value !== 0 && !isEmptyList(value)),
  );
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
