import { readObject } from "./json.ts";
import { Violation } from "./violation.ts";

/** What a client says of itself. */
export interface ConnectRequest {
  readonly verbose: boolean;
  readonly pedantic: boolean;
  readonly echo: boolean;
  readonly headers: boolean;
  readonly no_responders: boolean;
  readonly protocol: number;
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  readonly user: string;
  readonly pass: string;
  readonly auth_token: string;
  readonly jwt: string;
  readonly nkey: string;
  readonly sig: string;
  readonly account: string;
  readonly new_account: boolean;
}

/** Of a client that has not said anything yet. */
export const UNSAID: ConnectRequest = {
  verbose: true,
  pedantic: true,
  echo: true,
  headers: false,
  no_responders: false,
  protocol: 0,
  name: "",
  lang: "",
  version: "",
  user: "",
  pass: "",
  auth_token: "",
  jwt: "",
  nkey: "",
  sig: "",
  account: "",
  new_account: false,
};

// CONNECT <JSON>␍␊
/** A second CONNECT changes only what it names. As in nats-server the case of names doesn't matter, types do. */
export function readConnect(json: Uint8Array, before: ConnectRequest): ConnectRequest {
  const said = readObject(json);
  const request: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(said)) {
    const key = name.toLowerCase();
    const known = request[key];
    if (known === undefined || value === null) continue;
    if (typeof value !== typeof known || (typeof value === "number" && !Number.isInteger(value))) {
      throw new Violation("Protocol Violation");
    }
    request[key] = value;
  }
  return request as unknown as ConnectRequest;
}
