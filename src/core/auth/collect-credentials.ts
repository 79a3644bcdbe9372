import { AuthenticationError, isNatsError, toError } from "../errors.ts";
import type { AuthContext, Authenticator, Credentials } from "./authenticator.ts";
import type { Askable } from "./credential-source.ts";
import { invalidCredentials } from "./invalid-credentials.ts";
import { kindOf } from "./secret.ts";

const TEXT_FIELDS = ["user", "password", "token", "jwt", "nkey"] as const;
const FIELDS: ReadonlySet<string> = new Set<keyof Credentials>([...TEXT_FIELDS, "sign"]);

/** Where several answers come together. */
type Draft = { -readonly [Field in keyof Credentials]: Credentials[Field] };

/**
 * Asks all authenticators, and the options that are functions (`asked`), for this attempt's credentials, at the same time, and
 * puts their answers together; empty strings count as absent. What an authenticator throws becomes `CREDENTIALS_FAILED`, an
 * answer that is none, and answers that contradict each other, `INVALID_CREDENTIALS`. Rejects with the reason of
 * `context.signal` when that aborts, whatever the authenticators do then.
 */
export async function collectCredentials(
  authenticators: readonly Authenticator[],
  context: AuthContext,
  asked?: Askable,
): Promise<Credentials> {
  const { signal } = context;
  const all = asked === undefined ? authenticators : [...authenticators, () => askOptions(asked)];
  if (signal.aborted) throw toError(signal.reason);
  return await new Promise<Credentials>((resolve, reject) => {
    const onAbort = (): void => reject(toError(signal.reason));
    signal.addEventListener("abort", onAbort);
    // Answers that come after the abort are held by these handlers, and go nowhere.
    Promise.all(all.map(async (authenticator) => await ask(authenticator, context)))
      .then(merge)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}

async function askOptions({ user, password, token }: Askable): Promise<Credentials> {
  const [name, secret, key] = await Promise.all(
    [user, password, token].map(async (one) => (typeof one === "function" ? await one() : one)),
  );
  return { user: name, password: secret, token: key } as Credentials;
}

async function ask(authenticator: Authenticator, context: AuthContext): Promise<Credentials> {
  try {
    return readAnswer(await authenticator(context));
  } catch (thrown) {
    const { server } = context;
    // Our own say already what failed.
    if (isOfCredentials(thrown)) throw thrown.add({ server });
    const cause = toError(thrown);
    throw new AuthenticationError("CREDENTIALS_FAILED", `an authenticator failed: ${cause.message}`, {
      server,
      cause,
    });
  }
}

function isOfCredentials(thrown: unknown): thrown is AuthenticationError {
  return isNatsError(thrown, "INVALID_CREDENTIALS") || isNatsError(thrown, "CREDENTIALS_FAILED");
}

/** A copy of the fields that are there and not empty. */
function readAnswer(answer: unknown): Credentials {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw invalidCredentials("authenticator", `it returned ${kindOf(answer)}, not an object of credentials`);
  }
  for (const field of Object.keys(answer)) {
    if (FIELDS.has(field)) continue;
    throw invalidCredentials(field, `there is no such field; the fields are ${[...FIELDS].join(", ")}`);
  }
  const draft: Draft = {};
  for (const field of TEXT_FIELDS) {
    const value: unknown = (answer as Credentials)[field];
    if (value === undefined || value === "") continue;
    if (typeof value !== "string") throw invalidCredentials(field, `it is ${kindOf(value)}, not a string`);
    draft[field] = value;
  }
  const { sign } = answer as Credentials;
  if (sign === undefined) return draft;
  if (typeof sign !== "function") throw invalidCredentials("sign", `it is ${kindOf(sign)}, not a function`);
  draft.sign = sign.bind(answer);
  return draft;
}

function merge(answers: readonly Credentials[]): Credentials {
  const merged: Draft = {};
  for (const answer of answers) {
    for (const field of Object.keys(answer)) {
      if (field in merged) throw invalidCredentials(field, "two authenticators give it");
    }
    Object.assign(merged, answer);
  }
  // AUTH-05: they are two identities.
  if (merged.nkey !== undefined && merged.jwt !== undefined) {
    throw invalidCredentials("nkey", "it can't be combined with a jwt");
  }
  if (merged.nkey !== undefined && merged.sign === undefined) {
    throw invalidCredentials("nkey", "it needs a sign function");
  }
  // AUTH-06: with neither there is nothing to sign for.
  if (merged.nkey === undefined && merged.jwt === undefined) delete merged.sign;
  return merged;
}
