import type { ConnectionOptions } from "node:tls";
import { CONNECT, connect, type Group, type Props } from "../scenario.ts";

const config =
  (tls: string, more = "") =>
  ({ tls: setup }: Props): string =>
    setup.config({ tls: tls === "verify" ? setup.verify : tls, more });

function trusting({ tls }: Props, more: ConnectionOptions = {}): ConnectionOptions {
  return { ca: tls.authority.cert, servername: "localhost", ...more };
}

function withClient(props: Props): ConnectionOptions {
  const { cert, key } = props.tls.client;
  return trusting(props, { cert, key });
}

const TALK = `${connect({ protocol: 1 })}SUB a 1\r\nPUB a 1\r\nx\r\n`;

export const TLS: Group = {
  name: "TLS",
  config: config(""),
  scenarios: [
    {
      name: "after INFO",
      play: async (scene) => {
        await scene.securePeer("client", trusting(scene.props), TALK);
      },
    },
    {
      name: "CONNECT in clear where TLS is required",
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send(CONNECT);
        await client.ended();
      },
    },
    {
      name: "in clear and with TLS where both are welcome",
      config: config("", "allow_non_tls: true"),
      play: async (scene) => {
        const plain = await scene.peer("plain", TALK);
        await scene.securePeer("secure", trusting(scene.props), TALK);
        await plain.sync();
      },
    },
    {
      name: "before INFO",
      config: config("handshake_first: true"),
      play: async (scene) => {
        await scene.tlsFirstPeer("client", trusting(scene.props), TALK);
      },
    },
    {
      name: "with a client certificate where one is required",
      config: config("verify"),
      play: async (scene) => {
        await scene.securePeer("client", withClient(scene.props), TALK);
      },
    },
    {
      name: "without a client certificate where one is required",
      config: config("verify"),
      play: async (scene) => {
        const client = await scene.securePeer("client", trusting(scene.props));
        client.send(CONNECT);
        await client.ended();
      },
    },
    {
      name: "an end in the middle of the handshake",
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send("\u0016\u0003\u0001\u0000\u0010abc");
        client.destroy();
      },
    },
  ],
};
