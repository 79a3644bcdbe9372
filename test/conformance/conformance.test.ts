import { createUser } from "@nats-io/nkeys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BothServers, openBoth, type ServerAtHand } from "../support/both-servers.ts";
import { Operator } from "../support/operator.ts";
import { useTls } from "../support/tls-server.ts";
import { GROUPS } from "./groups/index.ts";
import type { Config, Props, Scenario } from "./scenario.ts";
import { Scene } from "./scene.ts";

const tls = useTls();
let props: Props;

beforeAll(async () => {
  const operator = await Operator.create();
  props = {
    tls: tls.setup,
    operator,
    operatorConfig: await operator.config(),
    monitoredKeys: createUser(),
    jwtUsers: {
      plain: await operator.user(),
      bearer: await operator.user({ isBearer: true }),
      expired: await operator.user({ expiresIn: -60 }),
    },
  };
});

async function textOf(config: Config): Promise<string> {
  return typeof config === "string" ? config : await config(props);
}

async function play(scenario: Scenario, server: ServerAtHand): Promise<unknown> {
  const scene = new Scene(server, props);
  try {
    await scenario.play(scene);
    return scene.seen;
  } finally {
    await scene.end();
  }
}

for (const { name, config = "", scenarios } of GROUPS) {
  describe(name, () => {
    let shared: BothServers;
    beforeAll(async () => {
      shared = await openBoth(await textOf(config));
    });
    afterAll(() => shared?.stop());

    for (const scenario of scenarios) test(scenario.name, () => compare(scenario, shared));
  });
}

async function compare(scenario: Scenario, shared: BothServers): Promise<void> {
  const own = scenario.config === undefined ? undefined : await openBoth(await textOf(scenario.config));
  try {
    const { theirs, ours } = own ?? shared;
    const first = play(scenario, theirs);
    const [expected, actual] =
      scenario.together === true
        ? await Promise.all([first, play(scenario, ours)])
        : [await first, await play(scenario, ours)];
    expect(actual).toEqual(expected);
  } finally {
    await own?.stop();
  }
}
