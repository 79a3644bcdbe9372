import * as fc from "fast-check";
import type { ConsumerConfig, PushConsumerConfig } from "../../../../src/jetstream/config/consumer-config.ts";
import type { StreamConfig, StreamSource } from "../../../../src/jetstream/config/stream-config.ts";

const name = fc.stringMatching(/^[A-Z][\w-]{0,8}$/);
const words = fc.stringMatching(/^[a-z][a-z ]{0,12}$/);
const whole = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const millis = fc.integer({ min: 1000, max: 9_000_000_000_000 });
const limit = fc.oneof(whole, fc.constant(Infinity));
const date = fc.date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
const metadata = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), { minKeys: 1, maxKeys: 3 });
/** Of which no two can overlap. */
const subjects = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1, maxLength: 3 });

/** Some of the fields, and never one that is undefined. */
function some(model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc.record(model, { requiredKeys: [] });
}

const external: fc.Arbitrary<NonNullable<StreamSource["external"]>> = fc.oneof(
  name.map((domain) => ({ domain })),
  fc.constant({ api: "other.api" }),
  fc.constant({ api: "other.api", deliver: "other.deliver" }),
);

const start = fc.oneof(
  fc.constant({}),
  whole.map((startSeq) => ({ startSeq })),
  date.map((startTime) => ({ startTime })),
);

const filtering = fc.oneof(
  fc.constant({}),
  fc.constant({ filterSubject: "orders.*" }),
  fc.constant({ subjectTransforms: [{ src: "a.*", dest: "b.{{wildcard(1)}}" }] }),
);

const source: fc.Arbitrary<StreamSource> = fc
  .tuple(name, start, filtering, fc.option(external, { nil: undefined }))
  .map(([named, begin, filter, elsewhere]) => ({
    name: named,
    ...begin,
    ...filter,
    ...(elsewhere === undefined ? {} : { external: elsewhere }),
  }));

const settings = some({
  description: words,
  retention: fc.constantFrom("limits", "interest", "workqueue"),
  maxMsgs: limit,
  maxBytes: limit,
  maxAge: fc.oneof(millis, fc.constant(Infinity)),
  maxMsgSize: fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constant(Infinity)),
  maxMsgsPerSubject: whole,
  maxConsumers: limit,
  storage: fc.constantFrom("file", "memory"),
  replicas: fc.integer({ min: 1, max: 5 }),
  compression: fc.constantFrom("none", "s2"),
  placement: fc.constantFrom({ cluster: "C1" }, { tags: ["ssd", "eu"] }, { cluster: "C1", tags: ["ssd"] }),
  sealed: fc.boolean(),
  denyDelete: fc.boolean(),
  allowDirect: fc.boolean(),
  subjectTransform: fc.constant({ src: ">", dest: "x.>" }),
  republish: fc.constantFrom({ dest: "out.>" }, { src: "a", dest: "out.a", headersOnly: true }),
  consumerLimits: fc.constantFrom({ inactiveThreshold: 1000 }, { maxAckPending: 5 }),
  metadata,
  noAck: fc.boolean(),
  allowMsgTtl: fc.boolean(),
  allowRollup: fc.boolean(),
});

const body = fc.oneof(
  some({
    subjects,
    firstSeq: whole,
    discard: fc.constantFrom("old", "new", "new-per-subject"),
    subjectDeleteMarkerTtl: millis,
    allowAtomic: fc.boolean(),
    allowBatched: fc.boolean(),
    persistMode: fc.constant("default"),
  }).map((given) => ({ maxMsgsPerSubject: 1, ...given })),
  some({ allowMsgCounter: fc.constant(true), allowMsgSchedules: fc.constant(false) }).map((given) =>
    "allowMsgCounter" in given ? { ...given, retention: "limits", allowMsgTtl: false } : given,
  ),
  fc
    .uniqueArray(source, { minLength: 1, maxLength: 3, selector: (each) => each.name })
    .map((sources) => ({ sources })),
  fc.tuple(source, fc.boolean()).map(([mirror, mirrorDirect]) => ({ mirror, mirrorDirect })),
);

/** Configurations of streams that any server takes. */
export const streamConfigs: fc.Arbitrary<StreamConfig> = fc
  .tuple(name, settings, body)
  .map(([named, given, more]) => ({ ...given, ...more, name: named }));

const deliverPolicy = fc.oneof(
  fc.constantFrom<"all" | "last" | "new" | "last-per-subject">("all", "last", "new", "last-per-subject"),
  whole.map((startSeq) => ({ startSeq })),
  date.map((startTime) => ({ startTime })),
);

const anyConsumer = some({
  description: words,
  deliverPolicy,
  filterSubjects: subjects,
  replayPolicy: fc.constantFrom("instant", "original"),
  headersOnly: fc.boolean(),
  inactiveThreshold: millis,
  replicas: fc.integer({ min: 1, max: 5 }),
  storage: fc.constant("memory"),
  sampleFrequency: fc.integer({ min: 0, max: 100 }),
  pauseUntil: date,
  metadata,
});

const redelivery = fc.oneof(
  some({
    ackPolicy: fc.constantFrom("explicit", "all"),
    ackWait: millis,
    maxDeliver: limit,
    maxAckPending: limit,
  }),
  fc.array(fc.nat(100_000), { minLength: 1, maxLength: 5 }).map((backoff) => ({ backoff, maxDeliver: 5 })),
  fc.constant({ ackPolicy: "none" as const }),
);

const pull = some({
  maxWaiting: whole,
  maxBatch: limit,
  maxExpires: millis,
  maxBytes: limit,
  priority: fc.constantFrom(
    { policy: "overflow" as const, groups: ["a"] },
    { policy: "prioritized" as const, groups: ["a", "b"] },
    { policy: "pinned-client" as const, groups: ["a"], timeout: 5000 },
  ),
});

const push = fc
  .tuple(
    fc.constantFrom("inbox.a", "_INBOX.b"),
    fc.boolean(),
    some({ deliverGroup: fc.constant("G"), rateLimitBps: whole }),
  )
  .map(([deliverSubject, flowControl, more]) => ({
    push: { deliverSubject, idleHeartbeat: 1000, flowControl, ...more },
  }));

const named = fc.oneof(
  name.map((durable) => ({ durable })),
  name.map((given) => ({ name: given })),
  fc.constant({}),
);

/** Configurations of consumers that any server takes, with all that the defaults of a push consumer would add. */
export const consumerConfigs: fc.Arbitrary<ConsumerConfig | PushConsumerConfig> = fc
  .tuple(named, anyConsumer, redelivery, fc.oneof(pull, push))
  .map((parts) => Object.assign({}, ...parts) as ConsumerConfig | PushConsumerConfig);
