import { AttemptSecrets } from "../auth/attempt-secrets.ts";
import type { AuthContext, Credentials } from "../auth/authenticator.ts";
import type { ConnectPhase, NatsError } from "../errors.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { serverUrl } from "../server-address.ts";
import type { Counters } from "../statistics.ts";
import type { Dial, ServerAddress } from "../transport.ts";
import { AttemptClock } from "./attempt-clock.ts";
import { type DialSettings, dialWithin } from "./dial-within.ts";
import { GuardedTransport } from "./guarded-transport.ts";
import { Handshake, type HandshakeOptions } from "./handshake.ts";
import { Link, type Route } from "./link.ts";
import type { FailedOpening } from "./explain-failure.ts";
import { shakeHands } from "./shake-hands.ts";

/** How a link is opened. */
export interface LinkPlan {
  readonly address: ServerAddress;
  readonly dial: Dial;
  readonly settings: DialSettings;
  readonly handshake: Omit<HandshakeOptions, "credentials">;
  /** Milliseconds that each phase has. */
  readonly timeout: number;
  /** Counts from 1. */
  readonly attempt: number;
  /** Why the attempt before failed. */
  readonly lastError: NatsError | undefined;
  /** Where the link's messages go, and are counted. */
  readonly route: Route;
  readonly counters: Counters;
  /** Whether a peer that stays silent is asked what it is: it may be no server of NATS at all. */
  readonly asksSilentPeer: boolean;
  /** Finds out more of a failure. */
  explain(error: NatsError, opening: FailedOpening): Promise<NatsError>;
  /** Asks for what is shown to the server. */
  credentials(context: AuthContext): Promise<Credentials>;
}

/** A link whose handshake is over, and what its server said of itself. */
export interface ReadyLink {
  readonly link: Link;
  readonly info: ServerInfo;
}

/** Why there is no link, and in which phase it failed. Nothing is left open. */
export interface FailedLink {
  readonly phase: ConnectPhase;
  readonly error: NatsError;
  /** What the server said of itself before it failed. */
  readonly info: ServerInfo | undefined;
}

/** Asks for credentials, dials, begins TLS where it is to be used, and shakes hands, each phase against the clock. */
export async function openLink(plan: LinkPlan, signal: AbortSignal): Promise<ReadyLink | FailedLink> {
  const server = serverUrl(plan.address);
  const clock = new AttemptClock(server, plan.timeout, signal);
  const secrets = new AttemptSecrets();
  let transport: GuardedTransport | undefined;
  let handshake: Handshake | undefined;
  try {
    const { attempt, lastError, settings } = plan;
    const credentials = await plan.credentials({ server, attempt, lastError, signal: clock.signal, secrets });
    transport = new GuardedTransport(await dialWithin(clock, plan.dial, plan.address, settings));
    handshake = new Handshake({ ...plan.handshake, credentials }, server);
    const info = await shakeHands(handshake, { transport, server, clock, settings });
    // The caller gave up as the PONG came.
    clock.signal.throwIfAborted();
    return { link: new Link(transport, server, plan.route, plan.counters), info };
  } catch (thrown) {
    const { phase } = clock;
    const failed = clock.failure(thrown);
    const error = await explain(failed, { plan, handshake, transport, signal });
    transport?.destroy();
    return { phase, error, info: handshake?.info };
  } finally {
    clock.stop();
    secrets.wipe();
  }
}

/** Failures of which more can be found out. */
const EXPLAINED = ["AUTHORIZATION_VIOLATION", "CONNECT_TIMEOUT", "CONTROL_LINE_TOO_LONG"];

/** The failure, with what more can be found out of it; if that fails too, as it is. */
async function explain(error: NatsError, opening: FailedOpening): Promise<NatsError> {
  if (!EXPLAINED.includes(error.code)) return error;
  try {
    return await opening.plan.explain(error, opening);
  } catch {
    return error;
  }
}
