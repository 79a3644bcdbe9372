import { type Checks, checkOptions } from "../../core/checks.ts";
import type { PushConsumer } from "../consumer/push-consumer.ts";
import { PUSH_CHECKS } from "../push/push-options.ts";
import { refuseAckAll } from "./ack-all.ts";
import type { BatchHandler, Handler, PushWorkOptions } from "./options.ts";
import { FORMER, HANDLING, resolveWork } from "./resolve-work.ts";
import { Work } from "./work.ts";

const WORK: Checks<PushWorkOptions> = { ...HANDLING, ...PUSH_CHECKS };

/** `PushConsumer.work`. Throws `INVALID_OPTION`, `WRONG_CONSUMER_KIND`. */
export function workPush(
  consumer: PushConsumer,
  handler: Handler | BatchHandler,
  given: PushWorkOptions,
): Work {
  const checked = checkOptions(given, WORK, undefined, FORMER);
  refuseAckAll(consumer);
  const { signal, stopAfter, onMissing, pending } = checked;
  const asked = {
    ...(stopAfter === undefined ? {} : { stopAfter }),
    ...(onMissing === undefined ? {} : { onMissing }),
    ...(pending === undefined ? {} : { pending }),
  };
  return new Work({
    source: consumer.source(asked),
    consumer,
    options: resolveWork(consumer.stream, handler, checked),
    signal,
  });
}
