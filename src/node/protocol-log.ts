import process from "node:process";
import { debuglog } from "node:util";
import type { Dial, Dialers, Transport, TransportListener } from "../core/transport.ts";
import { ControlLines } from "./control-lines.ts";

type Print = (text: string) => void;

/** The dialers, and with `NODE_DEBUG=natspeed` such as log the protocol: control lines and sizes, without secrets. */
export function loggedIfAsked(dialers: Dialers): Dialers {
  const log = debuglog("natspeed");
  // Bun does not say whether it is on.
  if (!((log.enabled as boolean | undefined) ?? isAsked())) return dialers;
  const print: Print = (text) => log("%s", text);
  return Object.fromEntries(
    Object.entries(dialers).map(([scheme, dial]) => [scheme, loggedDial(dial, print)]),
  );
}

function isAsked(): boolean {
  return /(?:^|,)\s*natspeed\s*(?:,|$)/i.test(process.env["NODE_DEBUG"] ?? "");
}

function loggedDial(dial: Dial, print: Print): Dial {
  return async (address, context) => {
    const { scheme, host, port } = address;
    const server = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
    print(`${server} is dialled`);
    return loggedTransport(await dial(address, context), (text) => print(`${server} ${text}`));
  };
}

/** The transport itself, with methods of its own that print what passes. */
function loggedTransport(transport: Transport, print: Print): Transport {
  const sent = new ControlLines((line) => print(`> ${line}`));
  const received = new ControlLines((line) => print(`< ${line}`));
  const inner = {
    write: transport.write.bind(transport),
    writeAll: transport.writeAll.bind(transport),
    listen: transport.listen.bind(transport),
    startTls: transport.startTls?.bind(transport),
  };
  const { startTls } = inner;
  const logged: Partial<Transport> = {
    write: (chunk) => {
      sent.feed(chunk);
      return inner.write(chunk);
    },
    writeAll: (chunks) => {
      for (const chunk of chunks) sent.feed(chunk);
      return inner.writeAll(chunks);
    },
    listen: (listener) => inner.listen(loggedListener(listener, received, print)),
    ...(startTls === undefined
      ? {}
      : {
          startTls: async (context) => {
            print("goes over to TLS");
            return loggedTransport(await startTls(context), print);
          },
        }),
  };
  return Object.assign(transport, logged);
}

function loggedListener(
  listener: TransportListener,
  received: ControlLines,
  print: Print,
): TransportListener {
  return {
    onData: (chunk) => {
      received.feed(chunk);
      listener.onData(chunk);
    },
    onDrain: () => listener.onDrain(),
    onClose: (error) => {
      print(error === undefined ? "has closed" : `has closed: ${error.message}`);
      listener.onClose(error);
    },
  };
}
