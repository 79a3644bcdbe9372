import type { NatsErrorCode } from "../errors.ts";
import { serverUrl } from "../server-address.ts";
import type { ParsedUrl } from "../server-url.ts";

/** A server of the list, and what is remembered of it. */
export interface Server extends ParsedUrl {
  /** Learned from an INFO and not from the options. */
  isDiscovered: boolean;
  /** Attempts that failed since it was last connected. */
  attempts: number;
  /** Failures in a row, links that broke after a short life included: the exponent of the pause. */
  failures: number;
  /** Not to be tried before; milliseconds of the monotonic clock. */
  notBefore: number;
  /** Until then it is about to shut down; milliseconds of the monotonic clock. */
  leavesUntil: number;
  /** How it refused the credentials last, since it was last connected (AUTH-16, AUTH-18). */
  refusal: NatsErrorCode | undefined;
}

/** A server that has not been tried. */
export function newServer(url: ParsedUrl, isDiscovered = false): Server {
  return { ...url, isDiscovered, attempts: 0, failures: 0, notBefore: 0, leavesUntil: 0, refusal: undefined };
}

/** Whether it is one server, to be shown the same user info. */
export function isSameServer(a: Server, b: Server): boolean {
  return (
    serverUrl(a.address) === serverUrl(b.address) &&
    a.address.query === b.address.query &&
    a.user === b.user &&
    a.password === b.password &&
    a.token === b.token
  );
}

// <host>:<port> or [<IPv6>]:<port>
const HOST_PORT = /^(?:\[([0-9a-f:.]+)\]|([^:/@\s]+)):(\d{1,5})$/i;

/**
 * A server of a cluster's list; what is no address is passed over (POOL-14). It inherits scheme, path and credentials
 * of the one in use (POOL-11, POOL-12).
 */
export function discoveredServer(listed: string, current: Server | undefined): Server | undefined {
  const match = HOST_PORT.exec(listed);
  const port = Number(match?.[3]);
  if (match === null || port === 0 || port > 65_535) return undefined;
  const host = (match[1] ?? match[2])!;
  const address = {
    ...current?.address,
    scheme: current?.address.scheme ?? "nats",
    host,
    port,
    tlsName: nameBehind(host, current),
  };
  const { user, password, token } = current ?? {};
  return newServer({ address, user, password, token }, true);
}

const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|.*:.*)$/;

/** POOL-13: the certificate of an address is checked against the name that the cluster was reached by. */
function nameBehind(host: string, current: Server | undefined): string | undefined {
  if (current === undefined || !IP.test(host)) return undefined;
  const { host: name, tlsName } = current.address;
  return tlsName ?? (IP.test(name) ? undefined : name);
}
