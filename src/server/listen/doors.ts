import { invalidOption } from "../../core/checks.ts";
import { closeDoors, type OpenAll, type OpenDoor, type OpenDoors } from "../doors.ts";
import { listenTcp } from "./tcp.ts";
import { TlsTerms } from "./tls-terms.ts";

/** Opens the doors for TCP, WebSocket and monitoring, through Node's modules. */
export const openDoors: OpenAll = async (hub, ports) => {
  const doors: { -readonly [K in keyof OpenDoors]: OpenDoor } = {};
  const { host, port, tls } = hub.limits;
  try {
    if (port !== false) {
      const terms = tls === undefined ? undefined : tlsTerms("tls", tls);
      doors.tcp = await listenTcp({ host, port: ports.tcp ?? port, tls: terms }, (link, at) => {
        void hub.accept(link, { host, port: at, tls: terms });
      });
    }
    return doors;
  } catch (error) {
    await closeDoors(doors);
    throw error;
  }
};

function tlsTerms(option: string, tls: ConstructorParameters<typeof TlsTerms>[0]): TlsTerms {
  try {
    return new TlsTerms(tls);
  } catch (error) {
    throw invalidOption(option, `node:tls can't use it: ${(error as Error).message}`);
  }
}
