import { ConnectionError, isNatsError, NatsError, toError } from "../errors.ts";

/** The peer ended the link in good order. */
export function closedByPeer(server: string, cause?: NatsError): ConnectionError {
  return new ConnectionError("DISCONNECTED", `${server} closed the link`, { server, cause });
}

/** Whatever a transport ended with or threw, as an error of a link. */
export function brokenLink(thrown: unknown, server: string): NatsError {
  if (thrown instanceof NatsError || isNatsError(thrown)) return thrown;
  const cause = toError(thrown);
  const message = `the link to ${server} broke: ${cause.message}`;
  return new ConnectionError("DISCONNECTED", message, { server, cause });
}
