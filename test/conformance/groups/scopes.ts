import type { Claimed } from "../../support/operator.ts";
import { entry, signIn } from "../operator-user.ts";
import type { Group, Scenario } from "../scenario.ts";

/** A user of the key with a scope, with these claims of its own, against a template. */
function scoped(
  name: string,
  template: Claimed,
  { say, claims = {}, ...more }: { say?: string; claims?: Claimed; isSigned?: boolean } = {},
): Scenario {
  return entry(name, {
    account: { template, claims: { tags: ["place:x", "place:y"] } },
    user: { name: "joe", signedBy: "scope", claims },
    ...more,
    ...(say === undefined ? {} : { say }),
  });
}

function publishTo(...subjects: string[]): string {
  return subjects.map((subject) => `PUB ${subject} 0\r\n\r\n`).join("");
}

/** Publishes where a template allows it, and where it doesn't. */
function filled(template: string, tags: readonly string[], ...subjects: string[]): Scenario {
  const name = `in place of ${template}${tags.length === 0 ? "" : `, of a user with ${tags.join(" ")}`}`;
  return scoped(
    name,
    { pub: { allow: [template] } },
    { say: `SUB > 1\r\n${publishTo(...subjects)}`, claims: { tags } },
  );
}

/** The facts about a user that are keys. */
const KEYS: Scenario = {
  name: "in place of {{subject()}} and {{account-subject()}}",
  config: ({ operator }) =>
    operator.config({ template: { pub: { allow: ["{{subject()}}", "{{account-subject()}}"] } } }),
  play: async (scene) => {
    const { operator } = scene.props;
    const user = await operator.user({ signedBy: "scope" });
    const peer = await signIn(scene, "client", user);
    peer.send(`SUB > 1\r\n${publishTo(user.publicKey, operator.accountKey, "a")}`);
    await peer.sync();
    scene.note(peer.received.replaceAll(user.publicKey, "<its key>").split("\r\n").slice(3));
    scene.forget("client");
  },
};

const MANY = Array.from({ length: 65 }, (_, i) => `t:${i}`);

export const SCOPES: Group = {
  name: "Signing keys with a scope",
  config: ({ operator }) => operator.config(),
  scenarios: [
    scoped("the template's permissions", { pub: { allow: ["a"] }, sub: { allow: ["in.>"], deny: ["in.x"] } }),
    scoped("the template's limit of subscriptions", { subs: 1 }),
    scoped("the template's limit of payloads", { payload: 10 }, { say: `PUB a 20\r\n${"x".repeat(20)}\r\n` }),
    scoped("the template's networks", { src: ["10.0.0.0/8"] }),
    scoped("the template's ways of connecting", { allowed_connection_types: ["WEBSOCKET"] }),
    scoped("the template's times", { times: [{ start: "00:00:00", end: "00:00:00" }] }),
    scoped("the template's JWTs that are enough", { bearer_token: true }, { isSigned: false }),
    ...(
      [
        ["permissions", { pub: { allow: ["b"] } }],
        ["an empty list of permissions", { sub: { deny: [] } }],
        ["responses", { resp: { max: 1, ttl: 1 } }],
        ["networks", { src: ["127.0.0.0/8"] }],
        ["times", { times: [] }],
        ["a place", { times_location: "UTC" }],
        ["a limit", { subs: -1 }],
        ["ways of connecting", { allowed_connection_types: ["STANDARD"] }],
        ["tags alone", { tags: ["a:b"] }],
      ] as const
    ).map(([what, claims]) =>
      scoped(`a user that brings ${what} of its own`, { pub: { allow: ["a"] } }, { claims }),
    ),
    scoped(
      "a user that brings a JWT that is enough",
      { pub: { allow: ["a"] } },
      { claims: { bearer_token: true }, isSigned: false },
    ),
    filled("a.{{name()}}", [], "a.joe", "a.ann", "a.{{name()}}"),
    filled("{{ NAME() }}.>", [], "joe.x", "ann.x"),
    filled("{{account-name()}}.x", [], "A.x", "B.x"),
    filled("{{account-tag(place)}}", [], "x", "y", "z"),
    filled("{{tag(team)}}", ["team:red", "team:blue", "red"], "red", "blue", "team"),
    filled("{{tag(a)}}.{{tag(b)}}", ["a:1", "a:2", "b:3"], "1.3", "2.3", "3.1"),
    filled("{{tag(TEAM)}}", ["team:red"], "red"),
    filled("{{tag(team)}}", [], "red", "a"),
    filled("{{tag(team)}}.a", ["team:a b", "team:c"], "c.a", "a"),
    KEYS,
    scoped("a function that there isn't", { pub: { allow: ["{{nonsense()}}"] } }),
    scoped("a denied subject with a tag", { pub: { deny: ["{{tag(a)}}"] } }, { claims: { tags: ["a:b"] } }),
    scoped("a denied subject with a tag that the user has not", { pub: { deny: ["{{tag(a)}}"] } }),
    scoped("subscriptions with a tag that the user has not", { sub: { allow: ["{{tag(a)}}"] } }),
    scoped(
      "more subjects than a template may come to",
      { pub: { allow: ["{{tag(t)}}.{{tag(t)}}"] } },
      { claims: { tags: MANY } },
    ),
    scoped(
      "as many subjects as a template may come to",
      { pub: { allow: ["{{tag(t)}}.{{tag(t)}}"] } },
      { claims: { tags: MANY.slice(1) }, say: publishTo("7.7", "7.8") },
    ),
  ],
};
