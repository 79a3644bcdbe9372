import { ArgumentError, AuthenticationError, toError } from "../core/errors.ts";
import type { DialContext } from "../core/transport.ts";
import { validateHeaderName, validateHeaderValue } from "node:http";

/** Those that the upgrade itself is made of. */
const OWN = /^(?:connection|upgrade|host|sec-websocket-.*)$/i;

/** The headers of the options, asked for anew if they are a function. */
export async function upgradeHeaders(context: DialContext): Promise<Record<string, string | string[]>> {
  const { headers } = context.websocket;
  if (typeof headers !== "function") return checked(headers ?? {});
  context.enterPhase("credentials");
  let given: unknown;
  try {
    given = await headers();
  } catch (thrown) {
    const cause = toError(thrown);
    const message = `websocket.headers failed: ${cause.message}`;
    throw new AuthenticationError("CREDENTIALS_FAILED", message, { argument: "websocket.headers", cause });
  }
  if (typeof given !== "object" || given === null)
    throw invalidHeaders(`it must give an object, not a ${typeof given}`);
  return checked(given as Readonly<Record<string, string | readonly string[]>>);
}

function checked(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const values = typeof value === "string" ? [value] : [...value];
      try {
        validateHeaderName(name);
        for (const one of values) validateHeaderValue(name, one);
      } catch {
        // Node's message shows the value, which may be a secret.
        throw invalidHeaders(`${JSON.stringify(name)} is no HTTP header, or its value is none`);
      }
      if (OWN.test(name)) throw invalidHeaders(`"${name}" belongs to the upgrade itself`);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

function invalidHeaders(reason: string): ArgumentError {
  const message = `invalid option "websocket.headers": ${reason}`;
  return new ArgumentError("INVALID_OPTION", message, { argument: "websocket.headers" });
}
