import { type Checks, checkOptions, invalidOption } from "../../core/checks.ts";
import { askedBy } from "../consume/consume.ts";
import { recreateConsumer } from "../consume/consumer-check.ts";
import type { ConsumeOptions } from "../consume/options.ts";
import { refuseExcess } from "../consume/pull-limits.ts";
import { checkConsumeOptions, CONSUME } from "../consume/pull-options.ts";
import { PullSource } from "../consume/pull-source.ts";
import type { Consumer } from "../consumer/consumer.ts";
import { refuseAckAll } from "./ack-all.ts";
import type { BatchHandler, Handler, WorkOptions } from "./options.ts";
import { FORMER, HANDLING, type ResolvedWork, resolveWork } from "./resolve-work.ts";
import { Work } from "./work.ts";

const { expires, idleHeartbeat, priority, signal, stopAfter, onMissing, capacity } = CONSUME;
const PULLS = { expires, idleHeartbeat, priority, signal, stopAfter, onMissing, capacity };

const WORK: Checks<WorkOptions> = { ...HANDLING, ...PULLS };

/** So many messages are asked for or here, for each handler. */
const PER_HANDLER = 2;

// JS-MSG-08
/** `Consumer.work`. Throws `INVALID_OPTION`. */
export function workPull(consumer: Consumer, handler: Handler | BatchHandler, given: WorkOptions): Work {
  const checked = checkOptions(given, WORK, undefined, FORMER);
  const options = resolveWork(consumer.stream, handler, checked);
  const named = checkConsumeOptions(pullsOf(checked));
  const capacity = named.capacity ?? PER_HANDLER * options.concurrency * (options.batch?.size ?? 1);
  checkCapacity(capacity, options);
  const source = new PullSource(consumer, {
    asked: askedBy({ ...named, capacity }),
    needsFacts: true,
    check: (facts) => {
      refuseExcess(consumer, named)(facts);
      refuseAckAll(consumer);
    },
    recreate: (fromSeq) => recreateConsumer(consumer, fromSeq),
  });
  return new Work({ source, consumer, options, signal: named.signal });
}

/** What is about pulls among the options of a work. */
function pullsOf({ expires, idleHeartbeat, priority, signal, stopAfter, onMissing, capacity }: WorkOptions) {
  const pulls = { expires, idleHeartbeat, priority, signal, stopAfter, onMissing, capacity };
  // The check passes over what is undefined.
  return pulls as ConsumeOptions<never>;
}

/** With less, no batch would ever be full, and each would wait for its time. */
function checkCapacity(capacity: number, { batch }: ResolvedWork): void {
  if (batch === undefined || capacity >= batch.size) return;
  throw invalidOption("capacity", `it must be at least the size of a batch, ${batch.size}, not ${capacity}`);
}
