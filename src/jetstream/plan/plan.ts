import { withStackOfCaller } from "../../core/caller-stack.ts";
import { aBoolean, aSignal, type Checks, checkOptions, milliseconds } from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { AssetOptions } from "../asset-options.ts";
import type { ConsumerConfig, PushConsumerConfig } from "../config/consumer-config.ts";
import type { StreamConfig } from "../config/stream-config.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import { checkJetStream } from "../check-jetstream.ts";
import { JetStreamError } from "../errors.ts";
import type { JetStream } from "../jetstream.ts";
import { type Assets, checkAssets, type Wanted, type WantedConsumer } from "./assets.ts";
import { consumerChange, type PlannedChange, streamChange } from "./planned-change.ts";
import { TimeLeft } from "./time-left.ts";

/** What a plan needs of a context. */
type Assetted = Pick<JetStream, "streams" | "consumers">;

const WAIT: Checks<WaitOptions> = { timeout: milliseconds, signal: aSignal };
const APPLY: Checks<AssetOptions> = { ...WAIT, pedantic: aBoolean };

/**
 * Finds out what must change so that these streams and consumers exist with these configurations. It changes nothing. A field
 * that a configuration leaves out gets its default, which is that of a server as it is delivered: where an operator limits it,
 * write the value. Fields of a newer server are left alone, and so are streams and consumers that are not named. `pauseUntil`
 * is only for consumers that are made: to pause an existing one, call its `pause`.
 *
 * The `timeout` is for all of it. Rejects with `INVALID_OPTION`, with `INVALID_CONFIG` for a configuration that no server takes, with
 * `STREAM_NOT_FOUND` for consumers of a stream that neither exists nor is named, and as a request does.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { type Assets, jetstream, plan } from "natspeed/jetstream";
 *
 * const assets = {
 *   streams: [{ name: "INVOICES", subjects: ["invoices.>"] }],
 *   consumers: { INVOICES: [{ durable: "printer", ackWait: 60_000 }] },
 * } satisfies Assets;
 *
 * const nc = await connect();
 * const todo = await plan(jetstream(nc), assets);
 * for (const { action, stream, consumer, fields } of todo.changes) {
 *   console.log(action, stream, consumer ?? "", fields.map((field) => field.name));
 * }
 * await todo.apply();
 * await nc.close();
 * ```
 */
export async function plan(js: JetStream, assets: Assets, options: WaitOptions = {}): Promise<Plan> {
  checkJetStream(js);
  const wanted = checkAssets(assets);
  const left = new TimeLeft(checkOptions(options, WAIT));
  try {
    return new Plan(js, wanted, await compare(js, wanted, left));
  } catch (thrown) {
    throw withStackOfCaller(thrown as NatsError);
  }
}

/** What {@link plan} found. */
export class Plan {
  /** In the order in which they are made; empty if nothing must change. */
  readonly changes: readonly PlannedChange[];
  readonly #js: Assetted;
  readonly #wanted: Wanted;

  /** @internal */
  constructor(js: Assetted, wanted: Wanted, changes: readonly PlannedChange[]) {
    this.#js = js;
    this.#wanted = wanted;
    this.changes = changes;
  }

  /**
   * Compares anew, and makes the changes that are still needed: call it again if it failed half-way. The `timeout` is for all of it.
   *
   * Rejects with `PLAN_IMPOSSIBLE`, which names the first field, before anything is changed; and as `create` and `update` do.
   */
  async apply(options: AssetOptions = {}): Promise<void> {
    const { pedantic, ...limits } = checkOptions(options, APPLY);
    try {
      await this.#apply(new TimeLeft(limits), pedantic);
    } catch (thrown) {
      throw withStackOfCaller(thrown as NatsError);
    }
  }

  async #apply(left: TimeLeft, pedantic: boolean | undefined): Promise<void> {
    const changes = await compare(this.#js, this.#wanted, left);
    const impossible = changes.find(({ action }) => action === "impossible");
    if (impossible !== undefined) throw planImpossible(impossible);
    for (const change of changes) {
      await this.#make(change, { ...left.limits, ...(pedantic === undefined ? {} : { pedantic }) });
    }
  }

  async #make(change: PlannedChange, options: AssetOptions): Promise<void> {
    const { stream, consumer } = change;
    if (consumer === undefined) {
      const config = this.#wanted.streams.find(({ name }) => name === stream)!;
      if (change.action === "create") await this.#js.streams.create(config, options);
      else await this.#js.streams.update(stream, changesTo(config, change), options);
      return;
    }
    const { config } = this.#wanted.consumers.find(
      (wanted) => wanted.stream === stream && wanted.name === consumer,
    )!;
    if (change.action === "create")
      await this.#js.consumers.create(stream, config as ConsumerConfig, options);
    else await this.#js.consumers.update(stream, consumer, changesTo(config, change), options);
  }
}

/** Updates before what is new, so that a subject can go from one stream to another; streams before their consumers. */
async function compare(js: Assetted, wanted: Wanted, left: TimeLeft): Promise<readonly PlannedChange[]> {
  const configs = new Map<string, StreamConfig | undefined>();
  const lookUp = async (name: string): Promise<StreamConfig | undefined> => {
    if (!configs.has(name)) configs.set(name, await haveStream(js, name, left));
    return configs.get(name);
  };
  const streams: PlannedChange[] = [];
  for (const want of wanted.streams) push(streams, streamChange(await lookUp(want.name), want));
  const consumers: PlannedChange[] = [];
  for (const want of wanted.consumers) {
    const planned = wanted.streams.find(({ name }) => name === want.stream);
    const existing = await lookUp(want.stream);
    const ofStream = planned ?? existing;
    if (ofStream === undefined) throw streamNotFound(want);
    const have = existing === undefined ? undefined : await haveConsumer(js, want, left);
    push(consumers, consumerChange(have, want, ofStream));
  }
  const isNew = ({ action }: PlannedChange): number => (action === "create" ? 1 : 0);
  return [...streams.toSorted((one, other) => isNew(one) - isNew(other)), ...consumers];
}

function push<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}

async function haveStream(js: Assetted, name: string, left: TimeLeft): Promise<StreamConfig | undefined> {
  try {
    return (await js.streams.bind(name).info(left.limits)).config;
  } catch (error) {
    if (isNatsError(error, "STREAM_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function haveConsumer(
  js: Assetted,
  { stream, name }: WantedConsumer,
  left: TimeLeft,
): Promise<ConsumerConfig | PushConsumerConfig | undefined> {
  try {
    return (await js.consumers.bind(stream, name).info(left.limits)).config;
  } catch (error) {
    if (isNatsError(error, "CONSUMER_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** The fields that differ, as `config` has them; null for a field that it leaves out. */
function changesTo(config: object, change: PlannedChange): Record<string, unknown> {
  const given = config as Readonly<Record<string, unknown>>;
  const changes: Record<string, unknown> = {};
  for (const { name } of change.fields) {
    const [field = "", part] = name.split(".");
    changes[field] ??= given[field] ?? null;
    // Parts of `push` that are not named stay as they are: this one shall not.
    if (part !== undefined) changes[field] = { [part]: undefined, ...(changes[field] as object) };
  }
  return changes;
}

function streamNotFound({ stream, name: consumer }: WantedConsumer): JetStreamError {
  const text = `there is no stream "${stream}" for the consumer "${consumer}", and none is planned`;
  return new JetStreamError("STREAM_NOT_FOUND", text, { stream, consumer });
}

function planImpossible({ stream, consumer, fields }: PlannedChange): JetStreamError {
  const impossible = fields.filter(({ reason }) => reason !== undefined);
  const reasons = impossible.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  const what =
    consumer === undefined ? `the stream "${stream}"` : `the consumer "${consumer}" of "${stream}"`;
  const facts = { stream, consumer, argument: impossible[0]?.name ?? "" };
  return new JetStreamError(
    "PLAN_IMPOSSIBLE",
    `nothing was done: ${what} can't become so (${reasons})`,
    facts,
  );
}
