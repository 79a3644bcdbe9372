import type { NatsError } from "../errors.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { AbortListener, AbortSource } from "../shared-signal.ts";
import type { ReplyRouter } from "./reply-router.ts";
import { abortedRequest } from "./request-errors.ts";

/** Waits for the responses to one request. */
export abstract class Requester implements AbortListener {
  readonly subject: string;
  /** Where the responses come to. */
  router: ReplyRouter;
  readonly signal: AbortSource | undefined;
  /** Goes on waiting when the link is lost. */
  readonly survivesDisconnect: boolean;
  /** Its number among the requesters of the router. */
  id = -1;
  /** The position of its request among all that was published; 0 until it is. */
  position = 0;

  constructor(
    subject: string,
    router: ReplyRouter,
    signal: AbortSource | undefined,
    survivesDisconnect: boolean,
  ) {
    this.subject = subject;
    this.router = router;
    this.signal = signal;
    this.survivesDisconnect = survivesDisconnect;
  }

  /** Takes a response; what it keeps of the frame it must copy. */
  abstract receive(frame: MessageFrame): void;

  /** Ends the wait. */
  abstract fail(error: NatsError): void;

  /** The signal aborts. */
  handleEvent(): void {
    this.fail(abortedRequest(this.subject, this.signal?.reason, this.isSent));
  }

  /** Whether the request has been given to a transport: then it may have reached somebody. */
  get isSent(): boolean {
    return this.router.host.isSent(this);
  }
}
