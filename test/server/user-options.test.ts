import { describe, expect, test } from "vitest";
import { type ServerOptions, startServer } from "../../src/server/index.ts";
import { failure } from "../support/failure.ts";
import { Operator } from "../support/operator.ts";

/** The option that a server is refused for. */
async function refused(options: ServerOptions): Promise<unknown> {
  const error = await failure(startServer({ port: false, ...options }));
  expect(error).toMatchObject({ code: "INVALID_OPTION" });
  return (error as { argument?: string }).argument;
}

const HASH = "$2a$04$iiOhrDq/DA6Ai1DTe04zAujR0jAn72dhDfBvvHl3K0bREapjQ7Ake";
const NKEY = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

describe("users that can't be", () => {
  test.each<[string, ServerOptions, string]>([
    ["of the same name", { users: [{ user: "a" }, { user: "a", password: "x" }] }, "users"],
    ["of the same nkey", { users: [{ nkey: NKEY }, { nkey: NKEY }] }, "users"],
    [
      "of the same name in two accounts",
      { accounts: { A: { users: [{ user: "a" }] }, B: { users: [{ user: "a" }] } } },
      "accounts",
    ],
    ["with an nkey that is none", { users: [{ nkey: "nope" }] }, "users[0].nkey"],
    ["with the nkey of an account", { users: [{ nkey: NKEY.replace("U", "A") }] }, "users[0].nkey"],
    ["with an nkey and a password", { users: [{ nkey: NKEY, password: "x" }] }, "users[0]"],
    ["without a name", { users: [{ user: "" }] }, "users[0]"],
    ["with a hashed password", { users: [{ user: "a", password: HASH }] }, "users[0].password"],
    ["all with a hashed password", { user: "a", password: HASH }, "password"],
    ["all with a hashed token", { token: HASH }, "token"],
    ["with a subject that is none", publishing("a..b"), "users[0].permissions.publish"],
    ["with one in a list", publishing(["a", "b c"]), "users[0].permissions.publish[1]"],
    ["with one that is denied", publishing({ deny: [">.a"] }), "users[0].permissions.publish.deny[0]"],
    ["with an empty list", publishing([]), "users[0].permissions.publish"],
    [
      "with an empty list of what is allowed",
      publishing({ allow: [] }),
      "users[0].permissions.publish.allow",
    ],
    [
      "with three words to subscribe to",
      { defaultPermissions: { subscribe: "a b c" } },
      "defaultPermissions.subscribe",
    ],
  ])("%s", async (_what, options, argument) => {
    expect(await refused(options)).toBe(argument);
  });

  function publishing(publish: string | string[] | { allow?: string[]; deny?: string[] }): ServerOptions {
    return { users: [{ user: "a", permissions: { publish } }] };
  }

  test("a hash is not shown", async () => {
    const error = await failure(startServer({ port: false, token: HASH }));
    expect(String(error)).not.toContain(HASH);
  });
});

describe("an operator that can't be", () => {
  test("without its JWT, or without accounts", async () => {
    const operator = await Operator.create();
    expect(await refused({ operator: { accounts: [] } as never })).toBe("operator.operator");
    expect(await refused({ operator: { operator: operator.jwt } as never })).toBe("operator.accounts");
  });

  test("whose JWT is none, or an account's", async () => {
    const operator = await Operator.create();
    const accounts = [await operator.accountJwt()];
    for (const jwt of ["x", "a.b.c", accounts[0]!, operator.jwt.slice(0, -4)])
      expect(await refused({ operator: { operator: jwt, accounts } })).toBe("operator.operator");
  });

  test("with accounts that it has not signed, or that are none", async () => {
    const operator = await Operator.create();
    const [good, stranger] = [
      await operator.accountJwt(),
      await operator.accountJwt({ signedBy: "stranger" }),
    ];
    for (const jwt of [stranger, operator.jwt, (await operator.user()).jwt, "x"]) {
      const accounts = [good, jwt];
      expect(await refused({ operator: { operator: operator.jwt, accounts } })).toBe("operator.accounts[1]");
    }
  });

  test("with an account whose claims can't be read", async () => {
    const operator = await Operator.create();
    for (const claims of [
      { signing_keys: 7 },
      { signing_keys: [{ kind: "other", key: "A" }] },
      { limits: { conn: "1" } },
      { default_permissions: { pub: { allow: ["a..b"] } } },
    ]) {
      const accounts = [await operator.accountJwt({ claims })];
      expect(await refused({ operator: { operator: operator.jwt, accounts } })).toBe("operator.accounts[0]");
    }
  });

  test("with another system account than its JWT names, or than the server's option", async () => {
    const operator = await Operator.create();
    const trust = { operator: operator.jwt, accounts: [await operator.accountJwt()] };
    expect(await refused({ operator: { ...trust, systemAccount: operator.accountKey } })).toBe(
      "operator.systemAccount",
    );
    expect(await refused({ operator: trust, systemAccount: "SYS" })).toBe("systemAccount");
  });
});
