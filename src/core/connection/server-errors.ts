import type { CredentialSource } from "../auth/credential-source.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { type NatsError, PermissionError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import { parseServerError } from "../protocol/server-error.ts";
import type { ErrorLog } from "./error-log.ts";

/** What an `-ERR` needs of the connection. */
export interface ServerErrorsHost {
  readonly errors: ErrorLog;
  readonly credentials: CredentialSource;
  /** The server refuses a subject: what it was for ends. Returns the subscription, if it was for one. */
  onDenied(error: PermissionError): Subscription | undefined;
  /** Takes the refusal of what the connection itself, and not the application, has asked for. */
  isOwnDenied(error: PermissionError): boolean;
  /** The link's server refuses the credentials; true if it did so in the same way before. */
  onRefused(link: Link, error: NatsError): boolean;
  close(reason: NatsError): void;
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
    } else {
      this.#host.errors.report(error);
      link.suspect(error);
      if (effect === "authentication") this.#onRefused(link, error);
    }
  }

  #onDenied(error: PermissionError): void {
    if (this.#host.isOwnDenied(error)) return;
    const subscription = this.#host.onDenied(error);
    this.#host.errors.report(error, subscription);
  }

  /** AUTH-21: the server closes the link; the same refusal twice without a connect between ends the connection. */
  #onRefused(link: Link, error: NatsError): void {
    link.blame(error);
    const isRepeated = this.#host.onRefused(link, error);
    if (isRepeated && this.#host.credentials.isFixed) this.#host.close(error);
  }
}
