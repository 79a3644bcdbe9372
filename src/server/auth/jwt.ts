import { fromBase64, type VerifyNkey } from "./nkey-verifier.ts";

/** What a JWT is about. */
type JwtKind = "operator" | "account" | "user";

/** What a NATS JWT claims, whatever it is about. */
export interface Claims {
  /** The public key that it is for. */
  readonly sub: string;
  /** The public key that has signed it. */
  readonly iss: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  readonly nbf: number;
  readonly nats: object;
}

/** By the first letters of public keys: what signs which kind. */
const SIGNERS = { operator: /^O/, account: /^[OA]/, user: /^A/ };

/**
 * Reads a JWT of version 2 and of this kind, whose signature is its issuer's; undefined for any other text. What it is
 * about must be looked at: an account can sign another kind of JWT for somebody who then shows it as a user's.
 */
export function readJwt(text: string, kind: JwtKind, verify: VerifyNkey): Claims | undefined {
  const [head, body, signature, ...rest] = text.trim().split(".");
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0)
    return undefined;
  const claims = readClaims(body);
  if (claims === undefined || !isOfNkeys(parse(head))) return undefined;
  const { type, version } = claims.nats as { type?: unknown; version?: unknown };
  if (type !== kind || version !== 2 || !SIGNERS[kind].test(claims.iss)) return undefined;
  return verify(claims.iss, `${head}.${body}`, signature) ? claims : undefined;
}

/** A user's JWT as the monitor shows it: not if whoever has it can connect with it. */
export function shownJwt(text: string): string {
  const { bearer_token: isBearer } = (readClaims(text.split(".")[1] ?? "")?.nats ?? {}) as {
    bearer_token?: boolean;
  };
  return isBearer === true ? "" : text;
}

function readClaims(body: string): Claims | undefined {
  const { sub, iss, nats, name = "", iat = 0, exp = 0, nbf = 0 } = parse(body);
  if (typeof sub !== "string" || typeof iss !== "string" || typeof name !== "string") return undefined;
  if (typeof nats !== "object" || nats === null) return undefined;
  if (![iat, exp, nbf].every((time) => Number.isSafeInteger(time))) return undefined;
  return { sub, iss, nats, name, iat: iat as number, exp: exp as number, nbf: nbf as number };
}

function isOfNkeys({ typ, alg }: Readonly<Record<string, unknown>>): boolean {
  return /^jwt$/i.test(String(typ)) && /^ed25519(?:-nkey)?$/i.test(String(alg));
}

/** What a part of a JWT says; nothing if it can't be read. */
function parse(part: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(fromBase64(part)));
    return typeof document === "object" && document !== null ? (document as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Whether its time has not come, or is over; `now` in milliseconds since 1970. */
export function isOutOfTime({ exp, nbf }: Claims, now: number): boolean {
  const seconds = Math.floor(now / 1000);
  return (exp > 0 && seconds > exp) || nbf > seconds;
}

/** When its time is over, in milliseconds since 1970; Infinity if never. */
export function endOf({ exp }: Claims): number {
  return exp > 0 ? exp * 1000 : Infinity;
}
