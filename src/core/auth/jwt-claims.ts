/** What a user's JWT says of itself, as far as it is worth telling. */
export interface Claims {
  readonly sub?: unknown;
  readonly name?: unknown;
  readonly exp?: unknown;
  readonly nats?: { readonly bearer_token?: unknown };
}

/** Nothing is verified. What can't be read says nothing. */
export function claimsOf(jwt: string): Claims {
  try {
    const body = (jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
    return (JSON.parse(new TextDecoder().decode(bytes)) ?? {}) as Claims;
  } catch {
    // What it is then, the server knows better.
    return {};
  }
}
