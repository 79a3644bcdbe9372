import type { Deadline } from "./deadlines.ts";
import { Requester } from "./requester.ts";

/** Waits for a response, and not for ever. */
export abstract class TimedRequester extends Requester implements Deadline {
  expiresAt = 0;
  previous: Deadline | undefined = undefined;
  next: Deadline | undefined = undefined;

  abstract onExpired(timeout: number): void;
}
