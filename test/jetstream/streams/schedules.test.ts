import { describe, expect, it } from "vitest";
import type { Stream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { all } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

async function made(): Promise<Stream> {
  const name = unique("JOBS");
  return await access.js.streams.create({
    name,
    subjects: [`${name}.>`],
    allowDirect: true,
    allowMsgSchedules: true,
    allowMsgTtl: true,
    allowRollup: true,
  });
}

describe("schedules", () => {
  it("[JS-SCHED-12] are listed as they were set", async () => {
    const { js } = access;
    const stream = await made();
    const target = `${stream.name}.run`;
    const at = new Date(Date.now() + 3_600_000);
    const set = {
      at: { at, target },
      every: { every: 90_000, target, source: `${stream.name}.source` },
      cron: { cron: "0 0 9 * * *", timeZone: "Europe/Berlin", target, ttl: 60_000, rollup: "subject" },
      daily: { cron: "@daily", target, ttl: "never" },
    } as const;
    await js.publish(`${stream.name}.plain`, "no schedule");
    for (const [name, schedule] of Object.entries(set))
      await js.publish(`${stream.name}.schedules.${name}`, "go", { schedule });
    // A new one takes the place of the one before.
    await js.publish(`${stream.name}.schedules.every`, "go", { schedule: set.every });

    const listed = await all(stream.schedules(`${stream.name}.schedules.*`));
    const byName = Object.fromEntries(
      listed.map(({ subject, schedule }) => [subject.split(".").at(-1), schedule]),
    );
    expect(byName).toEqual(set);
    expect(listed.map(({ seq }) => seq)).toEqual([2, 4, 5, 6]);
    expect(await all(stream.schedules())).toHaveLength(4);
    expect(thrown(() => stream.schedules("a b"))).toMatchObject({ code: "INVALID_SUBJECT" });
  });

  it("[JS-SCHED-10] [JS-SCHED-12] are gone once they have fired, and what they made says so", async () => {
    const stream = await made();
    const subject = `${stream.name}.soon`;
    const at = new Date(Date.now() + 300);
    await access.js.publish(subject, "go", { schedule: { at, target: `${stream.name}.run` } });
    const message = await eventually(async () => {
      const last = await stream.get({ lastBySubject: `${stream.name}.run` });
      expect(last?.string()).toBe("go");
      return last;
    });
    expect(message?.schedule).toEqual({ subject, next: undefined });
    expect(await all(stream.schedules())).toEqual([]);
  });

  it("[JS-SCHED-11] are cancelled, those that are schedules", async () => {
    const stream = await made();
    const subject = `${stream.name}.report`;
    await access.js.publish(subject, "go", { schedule: { every: 3_600_000, target: `${stream.name}.run` } });
    await stream.cancelSchedule(subject);
    expect(await all(stream.schedules())).toEqual([]);
    await stream.cancelSchedule(subject);
    await access.js.publish(subject, "no schedule");
    expect(await failure(stream.cancelSchedule(subject))).toMatchObject({ code: "INVALID_OPTION" });
    expect((await stream.info()).state.messages).toBe(1);
    expect(await failure(stream.cancelSchedule("a.*"))).toMatchObject({ code: "INVALID_SUBJECT" });
  });
});
