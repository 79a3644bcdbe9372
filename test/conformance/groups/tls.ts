import type { ConnectionOptions } from "node:tls";
import type { CertificateOptions } from "../../support/certificates.ts";
import { CONNECT, connect, type Group, type Props, type Scenario } from "../scenario.ts";

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

const MAPPED_USERS = `authorization { users: [
  { user: "joe@acme.com" }, { user: "host.acme.com" }, { user: "spiffe://acme/joe" }
  { user: "CN=joe,OU=ops,O=acme" }, { user: "DC=com,DC=acme,O=acme,CN=ann" }, { user: "cn=eve, o=acme" }
  { user: 'O=acme\\, inc,CN=sue' }, { user: "CN=locked", pass: secret }
] }`;

/** A user who is known by a certificate that says this, with a password or none. */
function mapped(name: string, said: CertificateOptions, fields: object = {}): Scenario {
  return {
    name: `a user known by its certificate: ${name}`,
    config: ({ tls: setup }) =>
      setup.config({
        tls: `verify_and_map: true, ca_file: "${setup.authority.caFile}"`,
        more: MAPPED_USERS,
      }),
    play: async (scene) => {
      const { cert, key } = await scene.props.tls.authority.issue({ names: [], ...said });
      const options = trusting(scene.props, { cert, key });
      await scene.securePeer("client", options, `${connect({ protocol: 1, ...fields })}SUB a 1\r\n`);
      const page = JSON.parse((await scene.server.page("/connz?auth=1")).body) as {
        connections: { authorized_user?: string }[];
      };
      scene.note(page.connections.map((one) => one.authorized_user));
    },
  };
}

export const TLS: Group = {
  name: "TLS",
  config: config(""),
  needsTls: true,
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
    mapped("a mail address", { emails: ["joe@acme.com"] }),
    mapped("a name", { names: ["other.acme.com", "host.acme.com"] }),
    mapped("a URI", { uris: ["spiffe://acme/joe"] }),
    mapped("its subject", { subject: "O=acme, OU=ops, CN=joe" }),
    mapped("its subject the other way round", { subject: "CN=joe, OU=ops, O=acme" }),
    mapped("its subject with domain components", { subject: "CN=ann, O=acme, DC=acme, DC=com" }),
    mapped("its subject, with types in small letters", { subject: "CN=eve, O=acme" }),
    mapped("its subject, with a comma in a part", { subject: "CN=sue, O=acme\\, inc" }),
    mapped("more than its subject", { subject: "CN=eve, O=acme, L=here" }),
    mapped("its subject in other letters", { subject: "CN=EVE, O=acme" }),
    mapped("its subject, and no password where one is needed", { subject: "CN=locked" }),
    mapped("its subject, and its password", { subject: "CN=locked" }, { pass: "secret" }),
    mapped("nothing that it is known by", { subject: "CN=nobody" }),
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
