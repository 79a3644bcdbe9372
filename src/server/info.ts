/** The INFO document, under the names of the wire and in nats-server's order. */
export interface Info {
  readonly server_id: string;
  readonly server_name: string;
  readonly version: string;
  readonly proto: number;
  readonly go: string;
  readonly host: string;
  readonly port: number;
  readonly headers: boolean;
  readonly auth_required?: boolean;
  readonly tls_required?: boolean;
  readonly tls_verify?: boolean;
  readonly tls_available?: boolean;
  readonly max_payload: number;
  readonly client_id?: number;
  readonly client_ip?: string;
  readonly nonce?: string;
  readonly connect_urls?: readonly string[];
  readonly ldm?: boolean;
  readonly connect_info?: boolean;
  readonly remote_account?: string;
  readonly acc_is_sys?: boolean;
}

/** The nats-server that this one behaves like; clients decide by it what they may use. */
export const NATS_SERVER_VERSION = "2.15.2";

// INFO <JSON>␍␊
/** What is false or empty is left out, as Go does. */
export function infoLine(info: Info): string {
  const shown = { ...info } as Record<string, unknown>;
  for (const name of OPTIONAL) {
    const value = shown[name];
    const isEmpty =
      value === false || value === "" || value === 0 || (Array.isArray(value) && value.length === 0);
    if (isEmpty) delete shown[name];
  }
  return `INFO ${JSON.stringify(shown)} \r\n`;
}

const OPTIONAL = [
  "auth_required",
  "tls_required",
  "tls_verify",
  "tls_available",
  "client_id",
  "client_ip",
  "nonce",
  "connect_urls",
  "ldm",
  "connect_info",
  "remote_account",
  "acc_is_sys",
];
