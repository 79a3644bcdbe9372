import type { KeyPair } from "@nats-io/nkeys";
import type { Operator, OperatorUser } from "../support/operator.ts";
import type { TlsSetup } from "../support/tls-server.ts";
import type { Scene } from "./scene.ts";

/** What configurations and scenarios may need beside the server: made once for all of them. */
export interface Props {
  readonly tls: TlsSetup;
  readonly operator: Operator;
  readonly operatorConfig: string;
  /** Of a user that both servers are to show alike. */
  readonly monitoredKeys: KeyPair;
  /** A user of the operator, one with a bearer JWT, one whose JWT is over. */
  readonly jwtUsers: Readonly<Record<"plain" | "bearer" | "expired", OperatorUser>>;
}

/** A configuration of nats-server. */
export type Config = string | ((props: Props) => string | Promise<string>);

/** Something that peers do at a server, and that must look the same at every server; played at both at the same time. */
export interface Scenario {
  readonly name: string;
  /** One of its own instead of the group's; the scenario then has the server for itself. */
  readonly config?: Config;
  readonly play: (scene: Scene) => Promise<void>;
}

/** Scenarios at one server. */
export interface Group {
  readonly name: string;
  readonly config?: Config;
  /** Whether its scenarios need certificates. */
  readonly needsTls?: boolean;
  readonly scenarios: readonly Scenario[];
}

/** CONNECT as plain as it can be: no +OK, nothing asked for. */
export const CONNECT = 'CONNECT {"verbose":false,"pedantic":false}\r\n';

/** A CONNECT with fields beside that. */
export function connect(fields: object = {}): string {
  return `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, ...fields })}\r\n`;
}

/** One that takes part in everything: headers, no responders, INFO later on. */
export function connectFully(fields: object = {}): string {
  return connect({ protocol: 1, headers: true, no_responders: true, echo: true, ...fields });
}

interface Saying extends Pick<Scenario, "config"> {
  readonly first?: string;
  /** How many PONGs a line has for an answer. */
  readonly pongs?: number;
}

/** A scenario for each of these: after `first` a client says it, then PING. */
export function saying(
  lines: readonly string[],
  { first = CONNECT, pongs = 0, ...more }: Saying = {},
): Scenario[] {
  return lines.map((line) => ({
    name: shown(line),
    ...more,
    play: async (scene) => {
      const peer = await scene.peer("client");
      peer.send(`${first}${line}PING\r\n`);
      await peer.answered(pongs + 1);
    },
  }));
}

/** In one line, and short. */
function shown(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return escaped.length <= 90 ? escaped : `${escaped.slice(0, 60)}… (${text.length} bytes)`;
}
