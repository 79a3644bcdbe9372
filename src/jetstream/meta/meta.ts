import { aString, invalidOption, shown } from "../../core/checks.ts";
import { isNatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Api } from "../api/api.ts";
import { checkJetStream } from "../check-jetstream.ts";
import type { JetStream } from "../jetstream.ts";
import { resolveStepDown, type StepDownOptions } from "../step-down.ts";

/** The `err_code` that says that no server of the group has this name. */
const NOT_A_MEMBER = 10_044;

/**
 * The servers' meta group, which knows where all streams and consumers are. It answers only users of the system account, and
 * only in a cluster: else a call rejects with `TIMEOUT` or `JETSTREAM_NOT_ENABLED_FOR_ACCOUNT`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { jetstream, meta } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const group = meta(jetstream(nc, { timeout: 1000 }));
 * console.log(typeof group.stepDown);
 * await nc.close();
 * ```
 */
export function meta(js: JetStream): Meta {
  return new Meta(checkJetStream(js).context.api);
}

/** See {@link meta}. */
export class Meta {
  readonly #api: Api;

  /** @internal */
  constructor(api: Api) {
    this.#api = api;
  }

  /** Lets the leader hand over, to a server that `to` names or describes, or to any. */
  async stepDown(options: StepDownOptions = {}): Promise<void> {
    const { body, limits } = resolveStepDown(options);
    await this.#api.request({ subject: "META.LEADER.STEPDOWN", body, options: limits });
  }

  /** Takes a server, by its name or its id, out of the group; it should be shut down. Its replicas go elsewhere. */
  async removeServer(server: string, options: WaitOptions = {}): Promise<void> {
    aString("server", server);
    if (server === "") throw invalidOption("server", "it must be a server's name or id");
    try {
      await this.#remove({ peer: server }, options);
    } catch (thrown) {
      if (!isNatsError(thrown, "API_ERROR") || thrown.errCode !== NOT_A_MEMBER) throw thrown;
      await this.#remove({ peer: "", peer_id: server }, options);
    }
  }

  async #remove(body: Readonly<Record<string, string>>, options: WaitOptions): Promise<void> {
    await this.#api.request({ subject: "SERVER.REMOVE", body, options });
  }

  /** Removes every stream and consumer of an account. */
  async purgeAccount(account: string, options: WaitOptions = {}): Promise<void> {
    aString("account", account);
    // It becomes a token of a subject.
    if (!/^[^\s.*>/\\]+$/.test(account)) {
      throw invalidOption(
        "account",
        `an account's name has no dots, wildcards, slashes and white space, unlike ${shown(account)}`,
      );
    }
    await this.#api.request({ subject: `ACCOUNT.PURGE.${account}`, options });
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("Meta", {}, depth, options, inspect);
  }
}
