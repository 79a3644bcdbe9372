import { createUser } from "@nats-io/nkeys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BothServers, openBoth, type ServerAtHand } from "../support/both-servers.ts";
import { native } from "../support/native-keys.ts";
import { Operator } from "../support/operator.ts";
import { useTls } from "../support/tls-server.ts";
import type { Config, Group, Props, Scenario } from "./scenario.ts";
import { Scene } from "./scene.ts";

/** Makes a test of each scenario of a group: played at both servers side by side, it must look the same. */
export function playGroup({ name, config = "", needsTls = false, scenarios }: Group): void {
  const tls = needsTls ? useTls() : undefined;

  describe(name, () => {
    let props: Props;
    let shared: BothServers;
    beforeAll(async () => {
      props = await makeProps(() => tls!.setup);
      shared = await openBoth(await textOf(config, props));
    });
    afterAll(() => shared?.stop());

    for (const scenario of scenarios) {
      test(scenario.name, async () => {
        if (scenario.config === undefined) {
          await compare(scenario, shared, props);
          return;
        }
        const own = await openBoth(await textOf(scenario.config, props));
        try {
          await compare(scenario, own, props);
        } finally {
          await own.stop();
        }
      });
    }
  });
}

async function makeProps(setup: () => Props["tls"]): Promise<Props> {
  const operator = await Operator.create();
  return {
    get tls() {
      return setup();
    },
    operator,
    operatorConfig: await operator.config(),
    monitoredKeys: native(createUser()),
    jwtUsers: {
      plain: await operator.user(),
      bearer: await operator.user({ isBearer: true }),
      expired: await operator.user({ expiresIn: -60 }),
    },
  };
}

async function textOf(config: Config, props: Props): Promise<string> {
  return typeof config === "string" ? config : await config(props);
}

async function compare(scenario: Scenario, { theirs, ours }: BothServers, props: Props): Promise<void> {
  const [expected, actual] = await Promise.all([play(scenario, theirs, props), play(scenario, ours, props)]);
  expect(actual).toEqual(expected);
}

async function play(scenario: Scenario, server: ServerAtHand, props: Props): Promise<unknown> {
  const scene = new Scene(server, props);
  try {
    await scenario.play(scene);
    return scene.seen;
  } finally {
    await scene.end();
  }
}
