import { aSignal, type Checks, checkOptions, invalidOption, milliseconds } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { isNatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import { checkSubscribeSubject } from "../../core/protocol/subject.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ApiAnswer, ApiRequest } from "../api/api.ts";
import { type AssetOptions, checkAssetOptions } from "../asset-options.ts";
import { applyChanges } from "../config/changes.ts";
import { diffStreamConfig } from "../config/diff.ts";
import { checkStreamName } from "../config/names.ts";
import { levelOfStream } from "../config/required-level.ts";
import { type StreamConfig, streamConfig } from "../config/stream-config.ts";
import type { StreamInfo } from "../config/stream-info.ts";
import { tellDifferences } from "../config/told-differences.ts";
import { checkOrigin, originOf } from "../config/unknown-fields.ts";
import type { Changes } from "../config/wire-format.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { aFilter } from "../config/subjects.ts";
import { KnownStream } from "./known-stream.ts";
import { readInfo } from "./read-info.ts";
import { Stream } from "./stream.ts";

/** Options of a list of streams. */
export interface StreamListOptions extends WaitOptions {
  /** Only streams that take messages of this subject, which may have wildcards. @default all */
  readonly subject?: string;
}

const LIST: Checks<StreamListOptions> = { timeout: milliseconds, signal: aSignal, subject: aFilter };

/** Makes, changes, finds and removes streams. */
export class Streams {
  readonly #context: Context;

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
  }

  // JS-STR-01
  /**
   * Makes a stream, or gives the existing one if its configuration is the same; the order of its subjects does not matter.
   *
   * Rejects with `STREAM_EXISTS` if its configuration is another one (`fields` names what differs); with `INVALID_CONFIG`,
   * whose `argument` names the field, also for subjects that another stream takes; with `SERVER_TOO_OLD` or `UNKNOWN_FIELD`;
   * and as a request does.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * const stream = await js.streams.create({ name: "JOBS", subjects: ["jobs.>"], maxAge: 3_600_000 });
   * console.log((await stream.info()).state.messages);
   * await nc.close();
   * ```
   */
  async create(config: StreamConfig, options: AssetOptions = {}): Promise<Stream> {
    try {
      return this.#handle(await this.#write("CREATE", config, options));
    } catch (error) {
      if (!isNatsError(error, "STREAM_EXISTS")) throw error;
      const there = await this.#there(config.name, options);
      if (there === undefined) throw error;
      const differences = diffStreamConfig(there, config);
      const subjects = differences.length === 0 ? inOrderOfServer(config, there) : undefined;
      if (subjects === undefined) throw tellDifferences(error, differences);
      const reordered = { ...config, subjects } as StreamConfig;
      return this.#handle(await this.#write("CREATE", reordered, options));
    }
  }

  /** The configuration of a stream that exists; undefined if the server doesn't tell it. */
  async #there(name: string, options: AssetOptions): Promise<StreamConfig | undefined> {
    const { pedantic: _, ...limits } = options;
    try {
      return (await new KnownStream(this.#context, name).ask(limits)).config;
    } catch {
      return undefined;
    }
  }

  // JS-STR-03
  /** Makes a stream, or changes the existing one to this configuration. Rejects as {@link create} and {@link update} do. */
  async createOrUpdate(config: StreamConfig, options: AssetOptions = {}): Promise<Stream> {
    try {
      return this.#handle(await this.#write("UPDATE", config, options));
    } catch (error) {
      if (!isNatsError(error, "STREAM_NOT_FOUND")) throw error;
    }
    return this.#handle(await this.#write("CREATE", config, options));
  }

  // JS-STR-02, JS-STR-42, JS-STR-43
  /**
   * Reads the configuration, changes it and writes it: a field that is named changes, null takes it away, and the rest stays,
   * also fields that only a newer server knows. `{ mirror: null }` makes a mirror a stream of its own, which keeps its
   * messages.
   *
   * A configuration has no revision. Of two updates at the same time the later one wins, and may undo the earlier one: let only one
   * place of your application change a stream.
   *
   * Rejects with `STREAM_NOT_FOUND`; with `INVALID_CONFIG` for a field that can't be changed, or while another change is
   * under way; and as {@link create} does.
   */
  async update(
    name: string,
    changes: Changes<StreamConfig>,
    options: AssetOptions = {},
  ): Promise<StreamInfo> {
    const { pedantic: _, ...limits } = checkAssetOptions(options);
    const stream = new KnownStream(this.#context, checkStreamName(name));
    const { config } = await stream.ask(limits);
    const changed = applyChanges(config, changes);
    if (changed.name !== name) throw invalidOption("changes.name", "a stream can't be renamed");
    return await this.#write("UPDATE", changed, options);
  }

  /** Removes a stream with its messages and consumers. Rejects with `STREAM_NOT_FOUND`. */
  async delete(name: string, options: WaitOptions = {}): Promise<void> {
    const stream = checkStreamName(name);
    await this.#context.api.request({ subject: `STREAM.DELETE.${stream}`, stream, options });
  }

  /** A handle of an existing stream. Rejects with `STREAM_NOT_FOUND`. */
  async get(name: string, options: WaitOptions = {}): Promise<Stream> {
    const known = new KnownStream(this.#context, checkStreamName(name));
    await known.ask(options);
    return new Stream(this.#context, known);
  }

  /** A handle; the server is not asked. Throws `INVALID_OPTION` if this can't be a stream's name. */
  bind(name: string): Stream {
    return new Stream(this.#context, new KnownStream(this.#context, checkStreamName(name)));
  }

  // JS-STR-07
  /** The name of the stream that takes this subject, which may have wildcards. Rejects with `NO_STREAM`. */
  async find(subject: string, options: WaitOptions = {}): Promise<string> {
    checkSubscribeSubject(subject);
    const request = { subject: "STREAM.NAMES", body: { subject }, options };
    const [name] = namesIn(await this.#context.api.request(request));
    if (name === undefined)
      throw new JetStreamError("NO_STREAM", `no stream takes "${subject}"`, { subject });
    return name;
  }

  // JS-STR-06
  /**
   * All streams, each with its configuration and state. The loop asks for one page after another. Streams may be made and
   * removed meanwhile, also by the loop itself: each one that stays comes once. The loop throws as a request rejects, and
   * `ASSET_OFFLINE` at its end if the server left some out.
   */
  list(options: StreamListOptions = {}): AsyncSequence<StreamInfo> {
    return this.#context.api.pages(
      listRequest("STREAM.LIST", options),
      (page) => objectsIn(page).map((stream) => readInfo(this.#context, stream)),
      ({ config }) => config.name,
    );
  }

  /** The names of all streams. As {@link list}. */
  names(options: StreamListOptions = {}): AsyncSequence<string> {
    return this.#context.api.pages(listRequest("STREAM.NAMES", options), namesIn, String);
  }

  async #write(verb: "CREATE" | "UPDATE", config: StreamConfig, options: AssetOptions): Promise<StreamInfo> {
    const { pedantic = false, ...limits } = checkAssetOptions(options);
    const wire = streamConfig.toWire(config);
    checkOrigin(config, originOf(this.#context));
    const stream = config.name;
    const body = pedantic ? { ...wire, pedantic } : wire;
    const answer = await this.#context.api.request({
      subject: `STREAM.${verb}.${stream}`,
      body,
      level: levelOfStream(config),
      stream,
      options: limits,
    });
    return readInfo(this.#context, answer);
  }

  #handle(info: StreamInfo): Stream {
    return new Stream(this.#context, new KnownStream(this.#context, info.config.name, info));
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("Streams", { prefix: this.#context.prefix }, depth, options, inspect);
  }
}

/** For a server streams differ whose subjects have another order. Undefined if they are in its order, or others. */
function inOrderOfServer(
  { subjects = [] }: StreamConfig,
  { subjects: there = [] }: StreamConfig,
): readonly string[] | undefined {
  const isReordered = subjects.some((subject, i) => subject !== there[i]);
  const isSame = there.length === subjects.length && subjects.every((subject) => there.includes(subject));
  return isReordered && isSame ? there : undefined;
}

function listRequest(subject: string, given: StreamListOptions): ApiRequest {
  const { subject: filter, ...options } = checkOptions(given, LIST);
  return filter === undefined ? { subject, options } : { subject, body: { subject: filter }, options };
}

/** Go writes null for an empty list. */
function objectsIn(page: ApiAnswer): readonly unknown[] {
  const { streams } = page;
  return Array.isArray(streams) ? (streams as unknown[]) : [];
}

function namesIn(page: ApiAnswer): readonly string[] {
  return objectsIn(page).map(String);
}
