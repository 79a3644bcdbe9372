import { ConnectionError, isNatsError, type NatsError, toError } from "../errors.ts";

/** The peer ended the link in good order; `said` is why, if it told. */
export function closedByPeer(server: string, said?: NatsError): ConnectionError {
  const why = said === undefined ? "" : `: ${said.message}`;
  return new ConnectionError("DISCONNECTED", `${server} closed the link${why}`, { server, cause: said });
}

/** Whatever a transport ended with or threw, as an error of a link; `said` is why, if the peer told. */
export function brokenLink(thrown: unknown, server: string, said?: NatsError): NatsError {
  if (isNatsError(thrown)) return thrown;
  const cause = said ?? toError(thrown);
  const message = `the link to ${server} broke: ${cause.message}`;
  return new ConnectionError("DISCONNECTED", message, { server, cause });
}
