import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { makeStream, type StreamToPublishTo } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

const CONFIG = { allowMsgSchedules: true, allowMsgTtl: true, allowRollup: true } as const;

const FAR = new Date(Date.now() + 86_400_000);

async function schedule(stream: StreamToPublishTo, when: object): Promise<void> {
  const whole = { target: stream.subject("out"), ...when } as { readonly at: Date; readonly target: string };
  await access.js.publish(stream.subject("plan"), "go", { schedule: whole });
}

describe("a schedule", () => {
  test("[JS-SCHED-01] [JS-SCHED-06] [JS-SCHED-10] sends once at its time, with headers that say whence it came", async () => {
    const stream = await makeStream(access.js, CONFIG);
    await schedule(stream, { at: new Date(Date.now() + 100) });
    const text = await eventually(async () => {
      const headers = await stream.headers(2);
      expect(headers).toContain("Nats-Scheduler");
      return headers;
    });
    expect(text).toContain(`Nats-Scheduler: ${stream.subject("plan")}\r\n`);
    expect(text).toContain("Nats-Schedule-Next: purge\r\n");
    expect(await stream.text(2)).toBe("go");
    // The schedule itself has gone.
    await eventually(async () => expect(await stream.messages()).toBe(1));
  });

  test("[JS-SCHED-02] [JS-SCHED-08] [JS-SCHED-09] sends again and again, with what it was told", async () => {
    const stream = await makeStream(access.js, CONFIG);
    await schedule(stream, { every: 1000, ttl: 60_000, rollup: "subject" });
    const text = await eventually(() => stream.headers(2));
    expect(text).toContain("Nats-TTL: 60\r\n");
    expect(text).toContain("Nats-Rollup: sub\r\n");
    expect(text).toMatch(/Nats-Schedule-Next: \d{4}-/);
  });

  test("[JS-SCHED-03] [JS-SCHED-04] [JS-SCHED-05] [JS-SCHED-07] all kinds of times are taken", async () => {
    const stream = await makeStream(access.js, CONFIG);
    const times = [
      { cron: "0 0 9 * * *", timeZone: "Europe/Berlin" },
      { cron: "0 0 9 * * MON-FRI" },
      ...["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"].map((cron) => ({
        cron,
      })),
      { at: FAR, source: stream.subject("in") },
    ];
    for (const time of times) await schedule(stream, time);
    // Each took the place of the one before: they have one subject.
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-SCHED-11] is cancelled by a message to another subject", async () => {
    const stream = await makeStream(access.js, CONFIG);
    await schedule(stream, { at: FAR });
    await access.js.publish(stream.subject("log"), "never mind", { cancelSchedule: stream.subject("plan") });
    expect(await stream.messages()).toBe(1);
    expect(await stream.text(2)).toBe("never mind");
  });

  test("[JS-SCHED-11] [JS-PUBERR-32] only a schedule can be cancelled", async () => {
    const stream = await makeStream(access.js, CONFIG);
    await access.js.publish(stream.subject("plan"), "no schedule");
    const cancelled = access.js.publish(stream.subject("log"), "x", {
      cancelSchedule: stream.subject("plan"),
    });
    expect(await failure(cancelled)).toMatchObject({ code: "API_ERROR", errCode: 10212 });
  });
});

describe("a counter", () => {
  test("[JS-CTR-01] [JS-CTR-02] adds, and the ack has its new value", async () => {
    const stream = await makeStream(access.js, { allowMsgCounter: true, allowDirect: true });
    const subject = stream.subject("hits");
    const add = async (increment: bigint | number) =>
      (await access.js.publish(subject, undefined, { increment })).value;
    expect(await add(1)).toBe(1n);
    expect(await add(-3)).toBe(-2n);
    expect(await add(10n ** 20n)).toBe(10n ** 20n - 2n);
    expect(await add(0)).toBe(10n ** 20n - 2n);
  });

  test("[JS-CTR-02] in a window each ack has the value after it", async () => {
    const stream = await makeStream(access.js, { allowMsgCounter: true });
    await using publisher = access.js.publisher();
    const acks = [1, 2, 3].map((increment) =>
      publisher.publish(stream.subject("n"), undefined, { increment }),
    );
    expect((await Promise.all(acks)).map(({ value }) => value)).toEqual([1n, 3n, 6n]);
  });
});
