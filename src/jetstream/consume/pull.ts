import type { FetchOptions } from "./options.ts";
import { checkFetchOptions } from "./pull-options.ts";
import { writePullRequest } from "./engine/pull-request.ts";
import { type PulledConsumer, pullSubject } from "./pulled-consumer.ts";

// JS-PULL-18, JS-PULL-24
/**
 * `Consumer.pull`: one pull as it is asked for, whose answers are the caller's business. It asks for one message unless it
 * says otherwise, and waits for as long as it says, or for ever. Throws `INVALID_OPTION`, and what a publish throws.
 */
export function pull(consumer: PulledConsumer, reply: string, request: FetchOptions = {}): void {
  const { maxMessages = 1, noWait = false, ...asked } = checkFetchOptions(request);
  const body = writePullRequest({
    batch: maxMessages,
    maxBytes: asked.maxBytes,
    expires: asked.expires,
    heartbeat: asked.idleHeartbeat,
    noWait,
    priority: asked.priority,
    pin: undefined,
  });
  consumer.context.connection.publish(pullSubject(consumer), body, { reply });
}
