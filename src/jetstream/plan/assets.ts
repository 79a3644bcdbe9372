import { invalidOption, shown, wrongValue } from "../../core/checks.ts";
import {
  checkConsumerConfig,
  type ConsumerConfig,
  type PushConsumerConfig,
} from "../config/consumer-config.ts";
import { checkStreamName } from "../config/names.ts";
import { checkStreamConfig, type StreamConfig } from "../config/stream-config.ts";

/** Streams, and the consumers of each by the stream's name. */
export interface Assets {
  readonly streams?: readonly StreamConfig[];
  /** Each needs a `durable` or a `name`. */
  readonly consumers?: Readonly<Record<string, readonly (ConsumerConfig | PushConsumerConfig)[]>>;
}

/** One consumer that is wanted. */
export interface WantedConsumer {
  readonly stream: string;
  readonly name: string;
  readonly config: ConsumerConfig | PushConsumerConfig;
}

/** The streams and consumers that are wanted, checked and copied. */
export interface Wanted {
  readonly streams: readonly StreamConfig[];
  readonly consumers: readonly WantedConsumer[];
}

/** Throws `INVALID_OPTION` if these are no assets, or name one twice, and `INVALID_CONFIG` for a wrong configuration. */
export function checkAssets(assets: Assets): Wanted {
  if (typeof assets !== "object" || assets === null || Array.isArray(assets)) {
    throw invalidOption("assets", `they must be an object with streams and consumers, not ${shown(assets)}`);
  }
  const { streams = [], consumers = {}, ...others } = assets;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw invalidOption(`assets.${other}`, "there is no such part: there are streams and consumers");
  return {
    streams: checkList(streams, "assets.streams").map(checkedStream),
    consumers: Object.entries(consumers).flatMap(([stream, configs]) => checkConsumers(stream, configs)),
  };
}

function checkedStream(config: StreamConfig, i: number, all: readonly StreamConfig[]): StreamConfig {
  checkStreamConfig(config);
  if (all.slice(0, i).some(({ name }) => name === config.name)) {
    throw invalidOption(`assets.streams[${i}].name`, `there is a stream ${shown(config.name)} before it`);
  }
  return { ...config };
}

function checkConsumers(
  stream: string,
  configs: readonly (ConsumerConfig | PushConsumerConfig)[],
): WantedConsumer[] {
  const at = `assets.consumers.${stream}`;
  checkStreamName(stream, at);
  const names = new Set<string>();
  return checkList(configs, at).map((config, i) => {
    checkConsumerConfig(config);
    const name = config.durable ?? config.name;
    if (name === undefined)
      throw invalidOption(`${at}[${i}]`, "it needs a durable or a name, to be found again");
    if (names.has(name)) throw invalidOption(`${at}[${i}]`, `there is a consumer ${shown(name)} before it`);
    names.add(name);
    return { stream, name, config: { ...config } };
  });
}

function checkList<T>(value: readonly T[], at: string): readonly T[] {
  if (Array.isArray(value)) return value;
  throw wrongValue(at, "a list", value);
}
