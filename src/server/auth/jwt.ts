import { fromBase64, type VerifyNkey } from "./nkey-verifier.ts";

/** What a NATS JWT claims, as far as the server uses it. */
export interface Claims {
  /** The public key that it is for. */
  readonly sub: string;
  /** The public key that has signed it. */
  readonly iss: string;
  readonly name?: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp?: number;
  readonly nats: Readonly<Record<string, unknown>>;
}

/** Reads a JWT whose signature is its issuer's; undefined for any other text. */
export function readJwt(text: string, verify: VerifyNkey): Claims | undefined {
  const [head, body, signature, ...rest] = text.trim().split(".");
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0)
    return undefined;
  const claims = parse(body);
  if (typeof claims?.sub !== "string" || typeof claims.iss !== "string") return undefined;
  return verify(claims.iss, `${head}.${body}`, signature) ? claims : undefined;
}

function parse(part: string): Claims | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64(part))) as Claims;
  } catch {
    return undefined;
  }
}

/** Whether its time is over. */
export function isExpired({ exp = 0 }: Claims, now: number): boolean {
  return exp > 0 && exp * 1000 <= now;
}

/** Whether its time has not come, or is over. */
export function isOutOfTime(claims: Claims, now: number): boolean {
  const { nbf = 0 } = claims as { nbf?: number };
  return isExpired(claims, now) || nbf * 1000 > now;
}
