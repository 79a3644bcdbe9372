import { invalidOption } from "../../core/checks.ts";
import { closeDoors, portsOf, type Accept, type OpenAll, type OpenDoor, type OpenDoors } from "../doors.ts";
import type { Hub } from "../hub.ts";
import { listenMonitor } from "./monitor.ts";
import { listenTcp } from "./tcp.ts";
import { listenWebSocket } from "./web-socket.ts";
import { TlsTerms } from "./tls-terms.ts";

/** Opens the doors for TCP, WebSocket and monitoring, through Node's modules. */
export const openDoors: OpenAll = async (hub, ports, accept) => {
  const doors: { -readonly [K in keyof OpenDoors]: OpenDoor } = {};
  const { host, port, tls } = hub.options;
  try {
    if (port !== false) {
      const terms = tls === undefined ? undefined : tlsTerms("tls", tls);
      doors.tcp = await listenTcp({ host, port: ports.tcp ?? port, tls: terms }, (link, at) => {
        accept(link, { host, port: at, tls: terms });
      });
    }
    if (hub.options.websocket !== undefined) {
      doors.websocket = await openWebSocket(hub, ports.websocket, accept);
    }
    if (hub.options.monitor !== undefined) {
      const { host: monitorHost = host, port: monitorPort = 0 } = hub.options.monitor;
      const where = { host: monitorHost, port: ports.monitor ?? monitorPort };
      doors.monitor = await listenMonitor(hub, where, portsOf(doors));
    }
    return doors;
  } catch (error) {
    await closeDoors(doors);
    throw error;
  }
};

async function openWebSocket(hub: Hub, port: number | undefined, accept: Accept): Promise<OpenDoor> {
  const { host: ownHost, websocket = {} } = hub.options;
  const { host = ownHost, tls } = websocket;
  const duty =
    tls === undefined ? undefined : { isRequired: true, comesFirst: true, verifies: tls.verify === true };
  const where = { host, port: port ?? websocket.port ?? 0 };
  return await listenWebSocket(where, websocket, hub.options.maxPayload, (link, at) => {
    accept(link, { host, port: at, tls: duty });
  });
}

function tlsTerms(option: string, tls: ConstructorParameters<typeof TlsTerms>[0]): TlsTerms {
  try {
    return new TlsTerms(tls);
  } catch (error) {
    throw invalidOption(option, `node:tls can't use it: ${(error as Error).message}`);
  }
}
