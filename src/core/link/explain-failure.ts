import { describeCredentials } from "../auth/shown-credentials.ts";
import { AuthenticationError, ConnectionError, type NatsError, ProtocolError } from "../errors.ts";
import { isWebSocket, serverUrl } from "../server-address.ts";
import type { GuardedTransport } from "./guarded-transport.ts";
import type { Handshake } from "./handshake.ts";
import type { LinkPlan } from "./open-link.ts";

/** An attempt that has failed, and what there is of it. */
export interface FailedOpening {
  readonly plan: LinkPlan;
  readonly handshake: Handshake | undefined;
  readonly transport: GuardedTransport | undefined;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** The failure of an attempt, with what can be found out about it. */
export async function explainFailure(error: NatsError, opening: FailedOpening): Promise<NatsError> {
  const { plan, handshake, transport, signal } = opening;
  const server = serverUrl(plan.address);
  const { phase, message } = error;
  if (error instanceof AuthenticationError && handshake !== undefined) {
    const shown = describeCredentials(handshake.credentials);
    const facts = { server, ...(phase === undefined ? {} : { phase }) };
    return new AuthenticationError(error.code, `${message} (${server}; ${shown})`, facts);
  }
  if (error.code === "CONTROL_LINE_TOO_LONG" && handshake !== undefined) {
    const text = `${server} does not take the ${handshake.answerSize} bytes of CONNECT, most of them credentials: raise its max_control_line`;
    return new ConnectionError("SERVER_ERROR", text, {
      server,
      ...(phase === undefined ? {} : { phase }),
      cause: error,
    });
  }
  // Whoever wants TLS says nothing in clear.
  const asks = plan.asksSilentPeer && plan.handshake.tls !== "insist";
  if (phase !== "info" || !asks || transport === undefined || isWebSocket(plan.address)) return error;
  if (!(await answersInHttp(transport, signal))) return error;
  const text = `${server} is not a NATS server: it answers in HTTP; for a WebSocket the URL begins with ws:// or wss://`;
  return new ProtocolError("NOT_A_NATS_SERVER", text, { server, phase, cause: error });
}

/** Milliseconds in which a server that has waited for a request says that it was none. */
const ANSWER_LIMIT = 250;

/** No request, and so without effect: an HTTP server answers that it is a bad one. A NATS server is silent or closes. */
const QUESTION = new TextEncoder().encode("NATS?\r\n\r\n");

/** Whether the peer, which has waited for the client to speak, does so for a request of HTTP. */
function answersInHttp(transport: GuardedTransport, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (isHttp: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(isHttp);
    };
    const onAbort = (): void => finish(false);
    const timer = setTimeout(onAbort, ANSWER_LIMIT);
    signal.addEventListener("abort", onAbort);
    transport.listen({
      onData: (chunk) => {
        text += new TextDecoder("latin1").decode(chunk);
        if (text.length >= 5) finish(text.startsWith("HTTP/"));
      },
      onDrain: () => undefined,
      onClose: onAbort,
    });
    transport.write(QUESTION);
    if (signal.aborted) onAbort();
  });
}
