import { NatsError } from "../core/errors.ts";

/** The codes that services have of their own; `docs/errors.md` has the cause and the remedy of each. */
export const serviceErrorCodes = ["SERVICE_ERROR", "SERVICE_STOPPED", "ALREADY_RESPONDED"] as const;

/** A service's answer that tells of a failure. */
export class ServiceError extends NatsError<"SERVICE_ERROR"> {
  override readonly name = "ServiceError";
}

declare module "../core/errors.ts" {
  interface NatsErrors extends Record<"SERVICE_ERROR", ServiceError> {
    SERVICE_STOPPED: NatsError<"SERVICE_STOPPED">;
    ALREADY_RESPONDED: NatsError<"ALREADY_RESPONDED">;
  }
}
