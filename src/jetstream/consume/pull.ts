import { checkPublishSubject } from "../../core/protocol/subject.ts";
import type { FetchOptions } from "./options.ts";
import { checkFetchOptions } from "./pull-options.ts";
import { writePullRequest } from "./pull-request.ts";
import { type PulledConsumer, pullSubject } from "./pulled-consumer.ts";

// JS-PULL-18, JS-PULL-24
/**
 * `Consumer.pull`: sends one pull as it is asked for, whose answers are the caller's business. Without a request it asks for
 * one message, and waits for ever. Throws `INVALID_SUBJECT`, `INVALID_OPTION`, and what a publish throws.
 */
export function pull(consumer: PulledConsumer, reply: string, request?: FetchOptions): void {
  checkPublishSubject(reply, "reply");
  const { connection } = consumer.context;
  const body = request === undefined ? undefined : bodyOf(checkFetchOptions(request));
  connection.publish(pullSubject(consumer), body, { reply });
}

function bodyOf({
  maxMessages = 1,
  maxBytes,
  expires,
  idleHeartbeat,
  noWait,
  priority,
}: FetchOptions): string {
  return writePullRequest({
    batch: maxMessages,
    maxBytes,
    expires,
    heartbeat: idleHeartbeat,
    noWait: noWait === true,
    priority,
    pin: undefined,
  });
}
