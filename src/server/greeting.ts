import type { Accounts } from "./auth/accounts.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import { type Info, NATS_SERVER_VERSION } from "./info.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type { ClientFacts } from "./session/client-facts.ts";
import type { InfoOccasion } from "./session/client-host.ts";

/** What TLS a listener's clients have to do. */
interface TlsDuty {
  readonly isRequired: boolean;
  readonly comesFirst: boolean;
  readonly verifies: boolean;
}

/** Where a client has come in, as INFO tells it. */
export interface Entrance {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsDuty | undefined;
}

/** What a server says of itself. */
export interface Greeter {
  readonly id: string;
  readonly name: string;
  readonly options: Pick<ResolvedServerOptions, "headers" | "tls">;
  readonly accounts: Accounts;
  readonly authorizer: Authorizer;
  readonly connectUrls: readonly string[];
}

/** The INFO document for a client. */
export function greeting(
  server: Greeter,
  client: ClientFacts,
  entrance: Entrance,
  occasion: InfoOccasion,
): Info {
  const { authorizer, options } = server;
  const isWebSocket = client.link.kind === "websocket";
  const anonymous = authorizer.anonymous(client.link.kind);
  return {
    server_id: server.id,
    server_name: server.name,
    version: NATS_SERVER_VERSION,
    proto: 1,
    go: "natspeed",
    host: entrance.host,
    port: entrance.port,
    headers: options.headers,
    // A user for whoever brings nothing makes a difference in the first INFO over TCP alone (nats-server 2.15).
    auth_required: authorizer.isRequired && (anonymous === undefined || isWebSocket || occasion !== "accept"),
    ...tlsInfo(server, client, entrance),
    max_payload: client.maxPayload,
    client_id: client.id,
    client_ip: client.link.host,
    nonce: authorizer.wantsNonce && occasion === "accept" ? client.nonce : "",
    // They are addresses for TCP.
    connect_urls: isWebSocket ? [] : server.connectUrls,
    ldm: occasion === "lameDuck",
    ...(occasion === "connect" ? accountInfo(server, client) : {}),
  };
}

function tlsInfo({ options }: Greeter, { link }: ClientFacts, { tls }: Entrance): Partial<Info> {
  // Of the listener for TCP, whatever the other one asks for (nats-server 2.15).
  const tls_verify = options.tls?.verify === true;
  if (link.kind === "websocket") {
    return { tls_required: tls !== undefined, tls_verify, tls_available: tls !== undefined };
  }
  const isRequired = tls?.isRequired === true && link.kind !== "memory";
  return { tls_required: isRequired, tls_verify, tls_available: tls !== undefined && !isRequired };
}

function accountInfo({ accounts }: Greeter, { identity }: ClientFacts): Partial<Info> {
  const account = identity?.account ?? accounts.global;
  return {
    connect_info: true,
    remote_account: account.name,
    acc_is_sys: account === accounts.system,
  };
}
