import { expect } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { entry, signIn } from "../operator-user.ts";
import { connectFully, type Group, type Scenario } from "../scenario.ts";
import type { Scene } from "../scene.ts";
import { signatureOf } from "../sign-in.ts";
import { answerIn, ASK } from "../user-info.ts";

const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };

function publication(size: number): string {
  return `PUB a ${size}\r\n${"x".repeat(size)}\r\n`;
}

const THREE_SUBSCRIPTIONS = "SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n";

/** A range of the day around this many seconds from now, as JWTs have them, in the zone of {@link ZONE}. */
function timesFrom(start: number, end: number): object {
  const text = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString().slice(11, 19);
  return { times: [{ start: text(start), end: text(end) }], times_location: "UTC" };
}

/** A connection that the server ends; it says nothing that would be answered meanwhile. */
function ending(name: string, more: Pick<Scenario, "config">, claims: () => object): Scenario {
  return {
    name,
    ...more,
    play: async (scene) => {
      const user = await scene.props.operator.user({ claims: { ...claims() } });
      const peer = await scene.peer("client");
      peer.send(connectFully({ jwt: user.jwt, sig: signatureOf(peer, user.keys) }));
      await peer.ended();
    },
  };
}

/** Fields of `/connz` that say, of the latest client, who a client is. */
async function loginAt(scene: Scene, query: string): Promise<object> {
  const { connections } = JSON.parse((await scene.server.page(`/connz?${query}`)).body) as {
    connections: Record<string, unknown>[];
  };
  const { authorized_user, account, jwt, issuer_key, name_tag, tags } = connections.at(-1)!;
  const login = { authorized_user, account, jwt, issuer_key, name_tag, tags };
  return JSON.parse(JSON.stringify(login)) as object;
}

/** What the monitor shows of a connection by a user like this, and of one that is gone. */
function monitored(name: string, isBearer: boolean, signedBy: "account" | "signing key"): Scenario {
  return {
    name,
    config: async ({ operator }) => await operator.config(),
    play: async (scene) => {
      const { operator, monitoredKeys } = scene.props;
      const user = await operator.user({
        name: "joe",
        keys: monitoredKeys,
        isBearer,
        signedBy,
        claims: { tags: ["team:red", "x"] },
      });
      const kept = (login: object): object =>
        JSON.parse(JSON.stringify(login).replace(user.jwt, "<its JWT>")) as object;
      const peer = await signIn(scene, "client", user);
      scene.note(kept(await loginAt(scene, "auth=1")));
      scene.note(kept(await loginAt(scene, "")));
      peer.destroy();
      // nats-server remembers who looked whether it is up, too.
      await eventually(async () => expect(await loginAt(scene, "state=closed")).toHaveProperty("issuer_key"));
      scene.note(kept(await loginAt(scene, "state=closed&auth=1")));
      scene.note(kept(await loginAt(scene, "state=closed")));
    },
  };
}

const SIGNING: readonly Scenario[] = [
  entry("a user that the account has signed", {}),
  entry("one that a signing key has signed", { user: { signedBy: "signing key" } }),
  entry("one that a stranger has signed", { user: { signedBy: "stranger" } }),
  entry("of an account that the operator's signing key has signed", { account: { signedBy: "signing key" } }),
  entry("of one that it has signed, of an operator that is strict", {
    account: { signedBy: "signing key", isStrict: true },
  }),
  entry("one that a signing key has signed, of an operator that is strict", {
    account: { signedBy: "signing key", isStrict: true },
    user: { signedBy: "signing key" },
  }),
  entry("of an account that is over", { account: { expiresIn: -60 } }),
  entry("one whose time has not come", { user: { validIn: 3600 } }),
  entry("all that were issued until now are revoked", {
    account: { claims: { revocations: { "*": 4_000_000_000 } } },
  }),
  entry("all that were issued until long ago are revoked", {
    account: { claims: { revocations: { "*": 1 } } },
  }),
  {
    name: "an account's JWT as a user's",
    play: async (scene) => {
      await signIn(scene, "client", await scene.props.operator.accountAsUser());
    },
  },
  {
    name: "a user of the system account",
    play: async (scene) => {
      const user = await scene.props.operator.systemUser();
      const peer = await signIn(scene, "client", user);
      peer.send("SUB a 1\r\nPUB a 1\r\nx\r\n");
      await peer.sync();
    },
  },
  entry("a bearer's JWT", { user: { isBearer: true }, isSigned: false }),
  entry("a bearer's JWT, where the account wants none", {
    account: { claims: { limits: { ...UNLIMITED, disallow_bearer: true } } },
    user: { isBearer: true },
    isSigned: false,
  }),
  entry("one that has to come by a proxy", { user: { claims: { proxy_required: true } } }),
];

const WAYS: readonly Scenario[] = [
  ...[
    ["127.0.0.0/8"],
    ["10.0.0.0/8"],
    ["10.0.0.0/8", "127.0.0.1/32"],
    ["::1/128"],
    ["nonsense"],
    ["127.0.0.0/8", "nonsense"],
    [],
  ].map((src) => entry(`from networks: ${src.join(" ") || "none"}`, { user: { claims: { src } } })),
  entry("from networks in one string", { user: { claims: { src: "10.0.0.0/8, 127.0.0.0/8" } } }),
  ...[["STANDARD"], ["standard", "MQTT"], ["WEBSOCKET"], ["BOGUS"], ["BOGUS", "STANDARD"], []].map((types) =>
    entry(`by ways of connecting: ${types.join(" ") || "any"}`, {
      user: { claims: { allowed_connection_types: types } },
    }),
  ),
  ...(
    [
      ["inside", -3600, 3600],
      ["outside", 3600, 7200],
    ] as const
  ).map(([where, start, end]) => ({
    name: `at times of the day: ${where} of them`,
    play: async (scene: Scene) => {
      const user = await scene.props.operator.user({ claims: { ...timesFrom(start, end) } });
      const peer = await signIn(scene, "client", user);
      peer.send(ASK);
      await peer.sync();
      if (where === "inside") await peer.until(/^H?MSG inbox/m);
      scene.note(answerIn(peer.received.replace(user.publicKey, "<its key>")));
      scene.forget("client");
      scene.note(peer.received.includes("Violation"));
    },
  })),
  entry("at a time of the day that there isn't", {
    user: { claims: { times: [{ start: "00:00:00", end: "25:00:00" }] } },
  }),
  entry("at times of a place that there isn't", {
    user: { claims: { times: [{ start: "00:00:00", end: "23:59:59" }], times_location: "Nowhere/None" } },
  }),
  ending("the times of the day end while a user is connected", {}, () => timesFrom(-3600, 3)),
  ending(
    "the account ends while a user is connected",
    { config: ({ operator }) => operator.config({ expiresIn: 6 }) },
    () => ({}),
  ),
];

const LIMITS: readonly Scenario[] = [
  entry("a payload above the user's limit", { user: { claims: { payload: 100 } }, say: publication(200) }),
  entry("a payload above the account's limit", {
    account: { claims: { limits: { ...UNLIMITED, payload: 100 } } },
    user: { claims: { payload: 500 } },
    say: publication(200),
  }),
  entry("a payload above the server's limit, and below the user's", {
    account: { settings: "max_payload: 100" },
    user: { claims: { payload: 5000 } },
    say: publication(200),
  }),
  entry("subscriptions above the user's limit", { user: { claims: { subs: 2 } }, say: THREE_SUBSCRIPTIONS }),
  entry("subscriptions above the account's limit", {
    account: { claims: { limits: { ...UNLIMITED, subs: 2 } } },
    say: THREE_SUBSCRIPTIONS,
  }),
  entry("subscriptions above the server's limit, and below the user's", {
    account: { settings: "max_subscriptions: 1" },
    user: { claims: { subs: 5 } },
    say: THREE_SUBSCRIPTIONS,
  }),
  ending("a user that may have no subscriptions", {}, () => ({ subs: 0 })),
  ending(
    "users of an account that may have no subscriptions",
    { config: ({ operator }) => operator.config({ claims: { limits: { ...UNLIMITED, subs: 0 } } }) },
    () => ({}),
  ),
  {
    name: "connections above the account's limit",
    config: ({ operator }) => operator.config({ claims: { limits: { ...UNLIMITED, conn: 1 } } }),
    play: async (scene) => {
      const user = await scene.props.operator.user();
      await signIn(scene, "first", user);
      await signIn(scene, "second", user);
    },
  },
  ending(
    "an account whose JWT limits connections alone",
    { config: ({ operator }) => operator.config({ claims: { limits: { conn: -1 } } }) },
    () => ({}),
  ),
  {
    name: "an account whose JWT limits subscriptions and payloads alone",
    config: ({ operator }) => operator.config({ claims: { limits: { subs: -1, payload: -1 } } }),
    play: async (scene) => {
      await signIn(scene, "client", await scene.props.operator.user());
    },
  },
  entry("a user whose JWT doesn't limit payloads", {
    user: { claims: { payload: undefined } },
    say: publication(0) + publication(1),
  }),
];

const PERMISSIONS: readonly Scenario[] = [
  entry("subjects that are allowed", {
    user: { claims: { pub: { allow: ["a"] }, sub: { allow: ["in.>"], deny: ["in.x"] } } },
  }),
  entry("subjects that are denied", { user: { claims: { pub: { deny: ["b"] }, sub: { deny: ["a"] } } } }),
  entry("an empty list of what may be published, beside what may not", {
    user: { claims: { pub: { allow: [], deny: ["b"] } } },
  }),
  entry("an empty list of what may be subscribed to, beside what may not", {
    user: { claims: { sub: { allow: [], deny: ["a"] } } },
  }),
  entry("empty lists", { user: { claims: { pub: { allow: [], deny: [] }, sub: { allow: [], deny: [] } } } }),
  entry("a subject that is none", { user: { claims: { pub: { allow: ["a", "b..c"] } } } }),
  entry("a queue group that is to publish", { user: { claims: { pub: { allow: ["a q"] } } } }),
  entry("a queue group that is to subscribe", {
    user: { claims: { sub: { allow: ["a q"] } } },
    say: "SUB a q 1\r\nSUB a other 2\r\n",
  }),
  entry("what is no list of subjects", { user: { claims: { pub: { allow: 7 } } } }),
  entry("the account's permissions for users without their own", {
    account: { claims: { default_permissions: { pub: { allow: ["a"] }, sub: { allow: ["a"] } } } },
  }),
  entry("the account's permissions for users with their own", {
    account: { claims: { default_permissions: { pub: { allow: ["a"] }, sub: { allow: ["a"] } } } },
    user: { claims: { pub: { allow: ["b"] } } },
  }),
  ...[
    { max: 2, ttl: 60e9 },
    { max: 0, ttl: 0 },
    { max: -1, ttl: 0 },
  ].map((resp) => ({
    name: `responses: ${JSON.stringify(resp)}`,
    play: async (scene: Scene) => {
      const { operator } = scene.props;
      const service = await signIn(
        scene,
        "service",
        await operator.user({ claims: { resp, pub: { deny: ["x"] } } }),
      );
      service.send("SUB service 1\r\n");
      await service.sync();
      const requester = await signIn(scene, "requester", await operator.user());
      requester.send("SUB in.> 1\r\nPUB service in.1 0\r\n\r\n");
      await service.until(/^MSG service/m);
      service.send("PUB in.1 1\r\nx\r\n".repeat(3) + "PUB other 1\r\nx\r\n");
      await service.sync();
      await requester.sync();
    },
  })),
];

const INFO: readonly Scenario[] = [
  ...(
    [
      ["without permissions", {}],
      [
        "with permissions and an end",
        { pub: { allow: ["$SYS.REQ.USER.INFO"] }, sub: { allow: ["inbox"] }, resp: { max: 1, ttl: 1e9 } },
        3600,
      ],
      ["with something denied", { pub: { deny: ["b"] } }],
    ] as const
  ).map(([what, claims, expiresIn]) => ({
    name: `who a user is, ${what}`,
    play: async (scene: Scene) => {
      const dates = expiresIn === undefined ? {} : { expiresIn };
      const user = await scene.props.operator.user({ name: "joe", claims, ...dates });
      const peer = await signIn(scene, "client", user);
      peer.send(ASK);
      await peer.until(/^H?MSG inbox/m);
      scene.note(answerIn(peer.received.replace(user.publicKey, "<its key>")));
      scene.forget("client");
    },
  })),
  monitored("what the monitor shows of a user", false, "account"),
  monitored("what it shows of one that a signing key has signed", false, "signing key"),
  monitored("what it shows of one whose JWT is enough", true, "account"),
];

export const OPERATOR: Group = {
  name: "Operator mode",
  config: ({ operator }) => operator.config(),
  scenarios: [...SIGNING, ...WAYS, ...LIMITS, ...PERMISSIONS, ...INFO],
};
