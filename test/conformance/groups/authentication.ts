import { connect, type Group, type Scenario } from "../scenario.ts";
import { keysOf, signed } from "../sign-in.ts";

const USERS =
  "authorization { users: [{ user: joe, pass: secret }, { user: open }, { user: ann, pass: other }] }";
const SEED = "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU";

/** A login with these fields, after an operation that should need it. */
function login(name: string, config: Scenario["config"], fields: object): Scenario {
  return {
    name,
    ...(config === undefined ? {} : { config }),
    play: async (scene) => {
      await scene.peer("client", `${connect(fields)}SUB a 1\r\nPUB a 1\r\nx\r\n`);
    },
  };
}

const NKEY_CONFIG = (): string => `authorization { users: [{ nkey: ${keysOf(SEED).getPublicKey()} }] }`;
const OTHER_SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";

export const AUTHENTICATION: Group = {
  name: "Authentication",
  config: USERS,
  scenarios: [
    login("a user with its password", undefined, { user: "joe", pass: "secret" }),
    login("a user with another password", undefined, { user: "joe", pass: "other" }),
    login("a user without a password, where one is needed", undefined, { user: "joe" }),
    login("a user without a password, where none is needed", undefined, { user: "open" }),
    login("an unknown user", undefined, { user: "eve", pass: "secret" }),
    login("no user", undefined, {}),
    login("a token where users are wanted", undefined, { auth_token: "secret" }),
    login("a password alone", undefined, { pass: "secret" }),
    login("a user in capitals", undefined, { user: "JOE", pass: "secret" }),
    login("a JWT where users are wanted", undefined, { jwt: "a.b.c", sig: "x" }),
    login("an nkey where users are wanted", undefined, { nkey: keysOf(SEED).getPublicKey(), sig: "x" }),
    login("a user and a token", undefined, { user: "joe", pass: "secret", auth_token: "x" }),
    {
      name: "anything else before CONNECT",
      play: async (scene) => {
        for (const text of ["PING\r\n", "SUB a 1\r\n", "PUB a 1\r\nx\r\n", "X", "\r\n"]) {
          const client = await scene.peer(JSON.stringify(text));
          client.send(text);
          await client.ended();
        }
      },
    },
    {
      name: "another user in a second CONNECT",
      play: async (scene) => {
        const client = await scene.peer("client", `${connect({ user: "joe", pass: "secret" })}SUB a 1\r\n`);
        client.send(`${connect({ user: "ann", pass: "other" })}PUB a 1\r\nx\r\n`);
        await client.sync();
        client.send(connect({ user: "ann", pass: "wrong" }));
        await client.ended();
      },
    },
    login("the token", "authorization { token: secret }", { auth_token: "secret" }),
    login("another token", "authorization { token: secret }", { auth_token: "wrong" }),
    login("no token", "authorization { token: secret }", {}),
    login("the token as a user", "authorization { token: secret }", { user: "secret" }),
    login("the token as a password", "authorization { token: secret }", { user: "x", pass: "secret" }),
    login("the user for all", "authorization { user: a, pass: b }", { user: "a", pass: "b" }),
    login("another user than that for all", "authorization { user: a, pass: b }", { user: "b", pass: "b" }),
    login("credentials where none are wanted", "", { user: "a", pass: "b", auth_token: "c" }),
    login("a JWT where no credentials are wanted", "", { jwt: "a.b.c", sig: "x" }),
    login("an nkey where no credentials are wanted", "", { nkey: keysOf(SEED).getPublicKey(), sig: "x" }),
    login("the user for those who say nothing", `${USERS}, no_auth_user: joe`, {}),
    login("a wrong password beside a user for those who say nothing", `${USERS}, no_auth_user: joe`, {
      user: "joe",
      pass: "wrong",
    }),
    {
      name: "operations without CONNECT, of the user for those who say nothing",
      config: `${USERS}, no_auth_user: joe`,
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send("SUB a 1\r\nPUB a 1\r\nx\r\n");
        await client.sync();
      },
    },
    {
      name: "the nkey for those who say nothing, unsigned",
      config: () => `${NKEY_CONFIG()}, no_auth_user: ${keysOf(SEED).getPublicKey()}`,
      play: async (scene) => {
        await scene.peer("nothing", connect());
        await scene.peer("its name", connect({ nkey: keysOf(SEED).getPublicKey() }));
        await scene.peer("another", connect({ nkey: keysOf(OTHER_SEED).getPublicKey() }));
      },
    },
    {
      name: "no CONNECT in time",
      config: "authorization { user: a, pass: b, timeout: 0.2 }",
      play: async (scene) => {
        const client = await scene.peer("client");
        await client.ended();
      },
    },
    {
      name: "half a CONNECT in time",
      config: "authorization { user: a, pass: b, timeout: 0.2 }",
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send('CONNECT {"user":');
        await client.ended();
      },
    },
    {
      name: "an nkey, its signature, a wrong one, none, and another nkey",
      config: NKEY_CONFIG,
      play: async (scene) => {
        await signed(scene, "good", SEED, (sig, nkey) => ({ nkey, sig }));
        await signed(
          scene,
          "of something else",
          SEED,
          (sig, nkey) => ({ nkey, sig }),
          (nonce) => `${nonce}x`,
        );
        await signed(scene, "without a signature", SEED, (_, nkey) => ({ nkey }));
        await signed(scene, "without an nkey", SEED, (sig) => ({ sig }));
        await signed(scene, "in standard base64", SEED, (sig, nkey) => ({
          nkey,
          sig: Buffer.from(sig, "base64url").toString("base64"),
        }));
        await signed(scene, "no base64", SEED, (_, nkey) => ({ nkey, sig: "!!!" }));
        await signed(scene, "unknown", OTHER_SEED, (sig, nkey) => ({ nkey, sig }));
        await signed(scene, "signed by another", OTHER_SEED, (sig) => ({
          nkey: keysOf(SEED).getPublicKey(),
          sig,
        }));
        await scene.peer("nothing", connect());
      },
    },
    {
      name: "a JWT, its signature, a wrong one, none, one that is over, and no JWT",
      config: ({ operatorConfig }) => operatorConfig,
      play: async (scene) => {
        const { plain, bearer, expired } = scene.props.jwtUsers;
        const { jwt } = plain;
        await signed(scene, "good", plain.seed, (sig) => ({ jwt, sig }));
        await signed(scene, "with its nkey", plain.seed, (sig, nkey) => ({ jwt, sig, nkey }));
        await signed(
          scene,
          "of something else",
          plain.seed,
          (sig) => ({ jwt, sig }),
          (nonce) => `${nonce}x`,
        );
        await signed(scene, "without a signature", plain.seed, () => ({ jwt }));
        await signed(scene, "signed by another", bearer.seed, (sig) => ({ jwt, sig }));
        await signed(scene, "over", expired.seed, (sig) => ({ jwt: expired.jwt, sig }));
        await signed(scene, "no JWT", plain.seed, (sig) => ({ jwt: "no.jwt.atall", sig }));
        await signed(scene, "changed", plain.seed, (sig) => ({ jwt: `${jwt.slice(0, -4)}AAAA`, sig }));
        await signed(scene, "an nkey alone", plain.seed, (sig, nkey) => ({ nkey, sig }));
        await scene.peer("bearer", connect({ jwt: bearer.jwt }));
        await scene.peer("a user", connect({ user: "a", pass: "b" }));
        await scene.peer("nothing", connect());
      },
    },
    {
      name: "a JWT that ends while its user is connected",
      config: ({ operatorConfig }) => operatorConfig,
      play: async (scene) => {
        const brief = await scene.props.operator.user({ isBearer: true, expiresIn: 2 });
        const client = await scene.peer("client", `${connect({ jwt: brief.jwt })}SUB a 1\r\n`);
        await client.ended();
      },
    },
  ],
};
