import type { Hub } from "../hub.ts";
import { connz } from "../monitor/connz.ts";
import { BadQuery } from "../monitor/query.ts";
import { fromByteString } from "../protocol/bytes.ts";
import type { Publication } from "../protocol/publication.ts";
import type { Account } from "../routing/account.ts";
import { AccountStatistics } from "./account-statistics.ts";
import { connzQuery, type ConnzRequest } from "./connz-query.ts";
import { type ServerReport, serverReport } from "./server-report.ts";
import { SystemEvents } from "./system-events.ts";
import { serveUserInfo } from "./user-info.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a request says, and the token of its subject that may name an account. */
type Answer = (request: ConnzRequest, token: string) => object | undefined;

/** Lets the server answer what clients ask it on subjects below `$SYS`, and tell of them. */
export function serveSystem(hub: Hub): void {
  new SystemServices(hub).begin();
}

class SystemServices {
  readonly #hub: Hub;
  readonly #statistics: AccountStatistics;
  #responses = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#statistics = new AccountStatistics(hub);
  }

  begin(): void {
    const { accounts, listeners } = this.#hub;
    // These two are there from the beginning.
    const { system } = accounts;
    void accounts.global;
    listeners.add(this.#statistics);
    listeners.add(new SystemEvents(this.#hub, this.#report));
    accounts.forEach((account) => this.#serveAccount(account));
    this.#serveSystemAccount(system);
  }

  /** What each account may ask of itself. */
  #serveAccount(account: Account): void {
    const { name } = account;
    serveUserInfo(account, this.#report, (publisher) => this.#hub.clientOf(publisher)?.identity);
    if (account === this.#hub.accounts.system) return;
    this.#serve(account, "$SYS.REQ.ACCOUNT.PING.CONNZ", (request) => this.#connz(request, name));
    this.#serve(account, "$SYS.REQ.SERVER.PING.CONNZ", (request) => this.#connz(request, name));
    this.#serve(account, "$SYS.REQ.ACCOUNT.PING.STATZ", () => this.#statistics.of(name));
  }

  /** What the system account may ask of all. */
  #serveSystemAccount(system: Account): void {
    this.#serve(system, "$SYS.REQ.SERVER.PING.CONNZ", (request) => this.#connz(request, ""));
    this.#serve(system, "$SYS.REQ.ACCOUNT.*.CONNZ", (request, name) => this.#connz(request, name));
    this.#serve(system, "$SYS.REQ.ACCOUNT.*.STATZ", (_, name) =>
      name === "PING" ? this.#statistics.ofAll() : this.#statistics.of(name),
    );
    for (const who of ["PING", this.#hub.id]) {
      system.serve(`$SYS.REQ.SERVER.${who}.IDZ`, (request) => {
        const { name, options, id } = this.#hub;
        this.#respond(system, request, { name, host: options.host, id });
      });
    }
  }

  readonly #report = (): ServerReport => {
    const { name, id, options } = this.#hub;
    return serverReport({ name, host: options.host, id }, ++this.#responses);
  };

  #connz(request: ConnzRequest, account: string): object {
    return connz(this.#hub, connzQuery(request, account));
  }

  /** With the answer as `data`, or what is wrong with the request as `error`; undefined is no answer. */
  #serve(account: Account, subject: string, answer: Answer): void {
    account.serve(subject, (request) => {
      if (!request.hasReply) return;
      const server = this.#report();
      try {
        const data = answer(read(request), fromByteString(request.subject.split(".")[3] ?? ""));
        if (data !== undefined) this.#respond(account, request, { server, data });
      } catch (thrown) {
        if (!(thrown instanceof BadQuery) && !(thrown instanceof SyntaxError)) throw thrown;
        const code = thrown instanceof BadQuery ? 500 : 400;
        this.#respond(account, request, { server, data: null, error: { code, description: thrown.message } });
      }
    });
  }

  #respond(account: Account, request: Publication, document: object): void {
    if (request.hasReply) account.publish(request.reply, encoder.encode(JSON.stringify(document)));
  }
}

function read({ payload }: Publication): ConnzRequest {
  if (payload.length === 0) return {};
  const request: unknown = JSON.parse(decoder.decode(payload));
  if (typeof request !== "object") throw new SyntaxError("a request must be a JSON object");
  return request ?? {};
}
