import { describe, expect, it } from "vitest";
import { jetstream, type Stream } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { all } from "../../support/fill.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { type Answer, RawResponder, type RawReply } from "../../support/raw-responder.ts";

const access = useJetStream();

/** Statuses that a server sends seldom, or not today, are sent by a responder of the test's own under another prefix. */
async function answered(
  answer: Answer,
  body: (stream: Stream, responder: RawResponder) => Promise<void>,
): Promise<void> {
  const name = `FAKE_${(made += 1)}`;
  using infos = await RawResponder.start(access.server.port, `FAKE.API.STREAM.INFO.${name}`, () => [
    { headers: "NATS/1.0", data: JSON.stringify(infoOf(name)) },
  ]);
  using responder = await RawResponder.start(access.server.port, `FAKE.API.DIRECT.GET.${name}`, answer);
  await body(jetstream(access.nc, { apiPrefix: "FAKE.API" }).streams.bind(name), responder);
  expect(infos.bodies.length).toBeLessThan(2);
}

let made = 0;

function infoOf(name: string): object {
  const time = "2026-11-26T17:00:00Z";
  const state = {
    messages: 2,
    bytes: 9,
    first_seq: 1,
    first_ts: time,
    last_seq: 2,
    last_ts: time,
    consumer_count: 0,
  };
  const config = {
    name,
    subjects: [name],
    retention: "limits",
    storage: "file",
    allow_direct: true,
    num_replicas: 1,
  };
  return { type: "io.nats.jetstream.api.v1.stream_info_response", config, created: time, state, ts: time };
}

function message(seq: number, previous: number, pending: number): RawReply {
  const facts = [
    "NATS/1.0",
    "Nats-Stream: FAKE",
    "Nats-Subject: fake",
    `Nats-Sequence: ${seq}`,
    "Nats-Time-Stamp: 2026-11-26T17:00:00.5Z",
    `Nats-Num-Pending: ${pending}`,
    `Nats-Last-Sequence: ${previous}`,
  ];
  return { headers: facts.join("\r\n"), data: `${seq}` };
}

function endOf(last: number, pending: number): RawReply {
  return { headers: `NATS/1.0 204 EOB\r\nNats-Num-Pending: ${pending}\r\nNats-Last-Sequence: ${last}` };
}

const REFUSED: readonly [status: string, code: string][] = [
  ["408 Bad Request", "API_ERROR"],
  ["408 Empty Request", "API_ERROR"],
  ["412 Required Api Level", "SERVER_TOO_OLD"],
  ["413 Too Many Results", "TOO_MANY_SUBJECTS"],
  ["500 disk is broken", "API_ERROR"],
  ["299 Never Heard Of", "API_ERROR"],
];

describe("[JS-GET-08] statuses of direct gets", () => {
  it.each(REFUSED)("%s is %s", async (status, code) => {
    const refuse = (): RawReply[] => [{ headers: `NATS/1.0 ${status}` }];
    await answered(refuse, async (stream) => {
      const expected = { code, stream: stream.name, status: Number(status.slice(0, 3)) };
      const reads = [
        () => stream.get({ seq: 1 }),
        () => all(stream.messages()),
        () => all(stream.payloads()),
      ];
      for (const read of reads) {
        const error = await failure(read());
        expect(error).toMatchObject(expected);
        expect(error.message).toContain(status);
      }
    });
  });

  it("404 is no message, and no messages", async () => {
    await answered(
      () => [{ headers: "NATS/1.0 404 Message Not Found" }],
      async (stream) => {
        expect(await stream.get({ seq: 1 })).toBeUndefined();
        expect(await all(stream.messages())).toEqual([]);
        expect(await all(stream.payloads())).toEqual([]);
        expect(await all(stream.lastMessages("a"))).toEqual([]);
      },
    );
  });

  it("404 in the middle of a page is an error", async () => {
    const answer = (): RawReply[] => [message(1, 0, 1), { headers: "NATS/1.0 404 Message Not Found" }];
    await answered(answer, async (stream) => {
      expect(await failure(all(stream.lastMessages("a")))).toMatchObject({ code: "API_ERROR", status: 404 });
    });
  });

  it("[JS-GET-06] 429 is tried again, until the time is up", async () => {
    const busy = { headers: "NATS/1.0 429 Too Many Requests" };
    await answered(
      (number) => (number < 3 ? [busy] : [message(1, 0, 0), endOf(1, 0)]),
      async (stream, { bodies }) => {
        expect((await all(stream.messages())).map(({ seq }) => seq)).toEqual([1]);
        expect(bodies).toHaveLength(3);
      },
    );
    await answered(
      () => [busy],
      async (stream) => {
        const error = await failure(all(stream.messages({ timeout: 250 })));
        expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", retryable: true });
        expect(await failure(stream.get({ seq: 1 }))).toMatchObject({
          code: "TOO_MANY_REQUESTS",
          retryable: true,
        });
      },
    );
  });
});

describe("[JS-GET-02] pages that are not whole", () => {
  it("are asked for again, and give up after a while", async () => {
    await answered(
      (number) =>
        number === 1 ? [message(3, 2, 0), endOf(3, 0)] : [message(1, 0, 1), message(3, 1, 0), endOf(3, 0)],
      async (stream) => expect((await all(stream.messages())).map(({ seq }) => seq)).toEqual([1, 3]),
    );
    await answered(
      () => [message(1, 0, 1), endOf(2, 0)],
      async (stream, { bodies }) => {
        expect(await failure(all(stream.messages()))).toMatchObject({ code: "INVALID_RESPONSE" });
        expect(bodies).toHaveLength(3);
      },
    );
  });

  it("time out without an end mark", async () => {
    await answered(
      () => [message(1, 0, 1)],
      async (stream) => {
        const error = await failure(all(stream.messages({ timeout: 100 })));
        expect(error).toMatchObject({ code: "TIMEOUT", subject: `FAKE.API.DIRECT.GET.${stream.name}` });
      },
    );
  });

  it("have an end mark that can be read", async () => {
    await answered(
      () => [message(1, 0, 1), { headers: "NATS/1.0 204 EOB\r\nNats-Num-Pending: many" }],
      async (stream) => {
        expect(await failure(all(stream.messages()))).toMatchObject({
          code: "INVALID_RESPONSE",
          stream: stream.name,
        });
      },
    );
  });

  it("come of a server that knows pages", async () => {
    const single = { headers: message(1, 0, 0).headers.split("\r\nNats-Num")[0]!, data: "1" };
    await answered(
      () => [single],
      async (stream) => {
        expect(await failure(all(stream.messages()))).toMatchObject({
          code: "SERVER_TOO_OLD",
          stream: stream.name,
        });
        expect(await failure(all(stream.payloads()))).toMatchObject({
          code: "SERVER_TOO_OLD",
          stream: stream.name,
        });
      },
    );
  });

  it("[JS-GET-05] are read once more with headers, where they have none and the numbers don't agree", async () => {
    const answer: Answer = (_number, body) => {
      const { no_hdr: isPlain, seq } = JSON.parse(body) as { no_hdr?: boolean; seq: number };
      if (seq > 2) return [{ headers: "NATS/1.0 404 Message Not Found" }];
      // Of two messages one does not arrive.
      return isPlain === true ? [endOf(2, 2)] : [message(1, 0, 1), message(2, 1, 0), endOf(2, 0)];
    };
    await answered(answer, async (stream, { bodies }) => {
      expect((await all(stream.payloads())).map((bytes) => new TextDecoder().decode(bytes))).toEqual([
        "1",
        "2",
      ]);
      expect(
        bodies.map((body) => JSON.parse(body) as { no_hdr?: boolean }).map((body) => body.no_hdr),
      ).toEqual([true, undefined]);
    });
  });
});

describe("answers that can't be read", () => {
  it("are INVALID_RESPONSE", async () => {
    await answered(
      () => [{ headers: "NATS/1.0\r\nNats-Stream: FAKE\r\nNats-Sequence: 1", data: "x" }],
      async (stream) => {
        expect(await failure(stream.get({ seq: 1 }))).toMatchObject({ code: "INVALID_RESPONSE" });
      },
    );
  });
});
