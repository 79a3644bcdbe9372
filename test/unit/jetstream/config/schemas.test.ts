import { Ajv } from "ajv";
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { consumerConfig } from "../../../../src/jetstream/config/consumer-config.ts";
import { streamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { consumerConfigs, streamConfigs } from "./arbitrary-configs.ts";
import { SERVER_FIELDS } from "./server-fields.ts";

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
}

function schemaOf(asset: "stream" | "consumer"): Schema {
  const file = new URL(`schemas/${asset}_configuration.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Schema;
}

/** What is wrong with a body. Its times are checked by other tests, and the schemas say int64 where JSON has numbers. */
function faultsBy(schema: Schema): (body: unknown) => unknown {
  const check = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  return (body) => (check(body) ? [] : check.errors);
}

describe("[JS-CTX-08] bodies are as the public schemas of the API want them", () => {
  it("of streams", () => {
    const faults = faultsBy(schemaOf("stream"));
    fc.assert(
      fc.property(streamConfigs, (config) => {
        expect(faults(streamConfig.toWire(config))).toEqual([]);
      }),
    );
  });

  it("of consumers", () => {
    const faults = faultsBy(schemaOf("consumer"));
    fc.assert(
      fc.property(consumerConfigs, (config) => {
        expect(faults(consumerConfig.toWire(config))).toEqual([]);
      }),
    );
  });

  it("they would tell a wrong one", () => {
    const wire = streamConfig.toWire({ name: "S" });
    expect(faultsBy(schemaOf("stream"))({ ...wire, max_msgs: "many" })).toMatchObject([
      { instancePath: "/max_msgs" },
    ]);
    expect(faultsBy(schemaOf("consumer"))({ ack_policy: "explicit" })).not.toEqual([]);
  });

  it("they know every field of nats-server 2.15.2", () => {
    const missing = (schema: Schema, fields: readonly string[]) =>
      fields.filter((name) => !Object.hasOwn(schema.properties, name));
    expect(missing(schemaOf("stream"), SERVER_FIELDS.StreamConfig)).toEqual([]);
    expect(missing(schemaOf("consumer"), SERVER_FIELDS.ConsumerConfig)).toEqual([]);
  });
});
