import type { CredentialSource } from "../auth/credential-source.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { type NatsError, PermissionError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import { parseServerError } from "../protocol/server-error.ts";
import type { ServerPool } from "../servers/server-pool.ts";
import type { Closing } from "./closing.ts";
import type { CodeOnDemand } from "./code-on-demand.ts";
import type { LinkInUse } from "./link-in-use.ts";
import type { Moves } from "./moves.ts";
import type { RefusedLinesHost } from "./refused-lines.ts";

/** What hears of subjects that the server refuses. */
export interface DenialListener {
  /** What it was for ends. Returns the subscription, if it was for one. */
  onDenied(error: PermissionError): Subscription | undefined;
}

/** What an `-ERR` needs of the connection. */
export interface ServerErrorsHost {
  readonly credentials: CredentialSource;
  readonly inUse: LinkInUse;
  readonly pool: ServerPool;
  readonly moves: Moves;
  readonly closing: Closing;
  readonly connection: DenialListener & RefusedLinesHost & { readonly code: CodeOnDemand };
}

/** What the `-ERR` of a server means for the connection. */
export class ServerErrors {
  readonly #host: ServerErrorsHost;

  constructor(host: ServerErrorsHost) {
    this.#host = host;
  }

  /** Takes the text of an `-ERR` that came by `link`. */
  onError(link: Link, text: string): void {
    const { effect, error } = parseServerError(text, link.url);
    if (effect === "disconnect") {
      link.fail(error);
    } else if (error instanceof PermissionError) {
      this.#onDenied(error);
    } else if (error.code === "CONTROL_LINE_TOO_LONG") {
      link.suspect(error);
      this.#onLineRefused(link, error);
    } else {
      this.#host.connection.errors.report(error);
      link.suspect(error);
      if (effect === "authentication") this.#onRefused(link, error);
    }
  }

  /** The server closes the link. What it refuses is told at once: when the code comes, the next link may be in use. */
  #onLineRefused(link: Link, said: NatsError): void {
    const { connection, inUse } = this.#host;
    // Of a link beside the one in use nobody knows what it was given.
    if (link !== inUse.link) return connection.errors.report(said);
    const refused = connection.outbox.publishLimits.lines.lower();
    // Lines that are no longer than usual are no reason that anybody knows of.
    if (refused === undefined) return connection.errors.report(said);
    void connection.code.load().then(
      ({ refuseLines }) => refuseLines(connection, said, refused),
      () => connection.errors.report(said),
    );
  }

  #onDenied(error: PermissionError): void {
    const { connection, moves } = this.#host;
    // What the connection itself, and not the application, has asked for.
    if (moves.loaded?.onDenied(error) === true) return;
    connection.errors.report(error, connection.onDenied(error));
  }

  /** AUTH-21: the server closes the link; the same refusal twice without a connect between ends the connection. */
  #onRefused(link: Link, error: NatsError): void {
    link.blame(error);
    const { closing, credentials, inUse, pool } = this.#host;
    const isRepeated = link === inUse.link && pool.onRefused(inUse.server!, error.code);
    if (isRepeated && credentials.isFixed) void closing.close(error);
  }
}
