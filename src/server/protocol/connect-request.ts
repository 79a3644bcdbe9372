import { membersOf } from "./json-members.ts";
import { readObjectText } from "./json.ts";
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

/** Whether a value, as it was written, is one that Go puts into a field of this type. */
type IsGood = (text: string) => boolean;

const isBoolean: IsGood = (text) => text === "true" || text === "false";
const isText: IsGood = (text) => text.startsWith('"');
/** Neither `1.0` nor `1e0`, and of 64 bits. */
const isInteger: IsGood = (text) => /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
const isObject: IsGood = (text) => text.startsWith("{");
const isList: IsGood = (text) => text.startsWith("[");

/** An object with lists of subjects, as routes and leaf nodes have them. */
const areSubjects: IsGood = (text) =>
  isObject(text) &&
  membersOf(text).every(({ name, text: list }) => {
    if (!["allow", "deny"].includes(name.toLowerCase()) || list === "null") return true;
    return (
      isList(list) && (JSON.parse(list) as unknown[]).every((one) => one === null || typeof one === "string")
    );
  });

/** Every field that nats-server knows: a wrong type is a mistake in those too that make no difference here. */
const FIELDS: ReadonlyMap<string, IsGood> = new Map([
  ...Object.entries(UNSAID).map(([name, value]): [string, IsGood] => [name, goodFor(value)]),
  ["tls_required", isBoolean],
  ["import", areSubjects],
  ["export", areSubjects],
  ["remote_account", isText],
  ["proxy_sig", isText],
]);

function goodFor(value: unknown): IsGood {
  if (typeof value === "boolean") return isBoolean;
  return typeof value === "number" ? isInteger : isText;
}

// CONNECT <JSON>␍␊
/** A second CONNECT changes only what it names. As in nats-server the case of names doesn't matter, types do. */
export function readConnect(json: Uint8Array, before: ConnectRequest): ConnectRequest {
  const request: Record<string, unknown> = { ...before };
  for (const { name, text } of membersOf(readObjectText(json))) {
    const field = name.toLowerCase();
    const isGood = FIELDS.get(field);
    if (isGood === undefined || text === "null") continue;
    if (!isGood(text)) throw new Violation("Protocol Violation");
    if (Object.hasOwn(UNSAID, field)) request[field] = JSON.parse(text);
  }
  return request as unknown as ConnectRequest;
}
