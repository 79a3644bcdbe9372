import { type EncodingOptions, encodeAccount, encodeOperator, encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import type { Connection } from "../../src/index.ts";
import type { RunningServer } from "./nats-server.ts";

const UNLIMITED = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

export interface UserOptions {
  /** Seconds from now, negative for the past: when it ends to be good. */
  readonly expiresIn?: number;
  /** Seconds from now: when it begins to be good. */
  readonly validIn?: number;
  /** Whether the JWT alone is enough, without a signature. */
  readonly isBearer?: boolean;
  /** The keys of an earlier user, whose JWT this one renews. */
  readonly keys?: KeyPair;
}

/** A user of an account, in every form in which a client may have it. */
export interface OperatorUser {
  readonly keys: KeyPair;
  readonly publicKey: string;
  readonly seed: string;
  readonly jwt: string;
  /** What nsc would write into a credentials file. */
  readonly creds: string;
}

/** An operator with one account for users, made anew; its server is configured by `config`. */
export class Operator {
  readonly #keys = createOperator();
  readonly #account = createAccount();
  #jwt = "";
  #systemAccount = "";

  static async create(): Promise<Operator> {
    const operator = new Operator();
    const system = createAccount();
    const key = system.getPublicKey();
    operator.#jwt = await encodeOperator("O", operator.#keys, { system_account: key });
    const limits = { limits: UNLIMITED };
    const systemJwt = await encodeAccount("SYS", system, limits, { signer: operator.#keys });
    operator.#systemAccount = `${key}: ${systemJwt}`;
    return operator;
  }

  /** The configuration of a server that trusts this operator; the users revoked are refused. */
  async config(revoked: readonly OperatorUser[] = []): Promise<string> {
    // All that was issued until then; a JWT says when in whole seconds.
    const until = Math.floor(Date.now() / 1000) + 1;
    const account = {
      limits: UNLIMITED,
      revocations: Object.fromEntries(revoked.map(({ publicKey }) => [publicKey, until])),
    };
    const jwt = await encodeAccount("A", this.#account, account, { signer: this.#keys });
    const preload = [this.#systemAccount, `${this.#account.getPublicKey()}: ${jwt}`].join("\n");
    return `operator: ${this.#jwt}\nresolver: MEMORY\nresolver_preload: {\n${preload}\n}\n`;
  }

  /** A user that the server has never heard of: the JWT says it all. */
  async user(options: UserOptions = {}): Promise<OperatorUser> {
    const { keys = createUser(), isBearer = false, expiresIn, validIn } = options;
    const dates: Partial<EncodingOptions> = {};
    const now = Math.floor(Date.now() / 1000);
    if (expiresIn !== undefined) dates.exp = now + expiresIn;
    if (validIn !== undefined) dates.nbf = now + validIn;
    const jwt = await encodeUser("U", keys, this.#account, { bearer_token: isBearer }, dates);
    const seed = new TextDecoder().decode(keys.getSeed());
    const creds = new TextDecoder().decode(fmtCreds(jwt, keys));
    return { keys, publicKey: keys.getPublicKey(), seed, jwt, creds };
  }
}

interface Connz {
  connections: { cid: number; authorized_user?: string }[];
}

/** Whom the server takes this connection for: a name, or the public key of an nkey or of a user's JWT. */
export async function userAt(server: RunningServer, nc: Connection): Promise<string | undefined> {
  const { connections } = (await server.monitor("/connz?auth=true")) as unknown as Connz;
  return connections.find(({ cid }) => cid === nc.info?.clientId)?.authorized_user;
}
