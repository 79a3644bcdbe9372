import { encodeText } from "./encode-text.ts";

export const PING: Uint8Array = encodeText("PING\r\n");
export const PONG: Uint8Array = encodeText("PONG\r\n");

// SUB <subject> [queue ]<sid>␍␊
export function encodeSub(subject: string, queue: string | undefined, sid: number): Uint8Array {
  return encodeText(queue === undefined ? `SUB ${subject} ${sid}\r\n` : `SUB ${subject} ${queue} ${sid}\r\n`);
}

// UNSUB <sid>[ <max>]␍␊
/** With `max` the server removes the subscription once it has sent that many messages since its SUB. */
export function encodeUnsub(sid: number, max?: number): Uint8Array {
  return encodeText(max === undefined ? `UNSUB ${sid}\r\n` : `UNSUB ${sid} ${max}\r\n`);
}

/** The fields of CONNECT in the order of HS-03; those that are undefined are left out. */
export interface ConnectFields {
  readonly verbose: boolean;
  readonly pedantic: boolean;
  readonly jwt: string | undefined;
  readonly nkey: string | undefined;
  readonly sig: string | undefined;
  readonly user: string | undefined;
  readonly pass: string | undefined;
  readonly auth_token: string | undefined;
  readonly tls_required: boolean;
  readonly name: string;
  readonly lang: string;
  readonly version: string;
  readonly protocol: number;
  readonly echo: boolean;
  readonly headers: boolean;
  readonly no_responders: boolean;
}

// PUB <subject> 0␍␊␍␊
/** A message without payload that is no message of the application's. */
export function encodeEmptyPub(subject: string): Uint8Array {
  return encodeText(`PUB ${subject} 0\r\n\r\n`);
}

// CONNECT <json>␍␊
export function encodeConnect(fields: ConnectFields): Uint8Array {
  return encodeText(`CONNECT ${JSON.stringify(fields)}\r\n`);
}

/** Commands in chunks of up to `size` bytes: over WebSocket each is a frame. */
export function joinCommands(commands: readonly Uint8Array[], size: number): Uint8Array[] {
  const joined: Uint8Array[] = [];
  for (let first = 0; first < commands.length;) {
    let bytes = 0;
    let end = first;
    do bytes += commands[end++]!.length;
    while (end < commands.length && bytes + commands[end]!.length <= size);
    joined.push(join(commands, first, end, bytes));
    first = end;
  }
  return joined;
}

function join(commands: readonly Uint8Array[], first: number, end: number, bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (let i = first; i < end; i++) {
    all.set(commands[i]!, at);
    at += commands[i]!.length;
  }
  return all;
}
