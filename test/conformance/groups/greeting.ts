import { CONNECT, connect, connectFully, type Group, type Scenario, saying } from "../scenario.ts";

const NKEY = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

/** What a server says first, and after CONNECT and PING. */
function greeting(name: string, config: string, first = connect({ protocol: 1 })): Scenario {
  return {
    name: `INFO of a server with ${name}`,
    config,
    play: async (scene) => {
      await scene.peer("client", first);
    },
  };
}

const ODD_CONNECTS = [
  "CONNECT {}",
  "CONNECT null",
  "connect {}",
  "CoNnEcT {}",
  "CONNECT{}",
  "CONNECT\t{}",
  "CONNECT   {}   ",
  "CONNECT",
  "CONNECT ",
  "CONNECT []",
  'CONNECT "x"',
  "CONNECT 1",
  "CONNECT {",
  "CONNECT {verbose:false}",
  'CONNECT {"verbose":false',
  'CONNECT {"verbose":"false"}',
  'CONNECT {"verbose":0}',
  'CONNECT {"verbose":null}',
  'CONNECT {"VERBOSE":false}',
  'CONNECT {"verbose":false,"verbose":true}',
  'CONNECT {"verbose":false} x',
  'CONNECT {"verbose":false,"unknown":{"a":[1]}}',
  'CONNECT {"verbose":false,"name":7}',
  'CONNECT {"verbose":false,"name":"\\u00e9\\ud83d"}',
  'CONNECT {"verbose":false,"lang":["a"]}',
  'CONNECT {"verbose":false,"protocol":1}',
  'CONNECT {"verbose":false,"protocol":1.5}',
  'CONNECT {"verbose":false,"protocol":2}',
  'CONNECT {"verbose":false,"protocol":-1}',
  'CONNECT {"verbose":false,"protocol":"1"}',
  'CONNECT {"verbose":false,"no_responders":true}',
  'CONNECT {"verbose":false,"no_responders":true,"headers":true}',
  'CONNECT {"verbose":false,"account":"A"}',
  'CONNECT {"verbose":false,"new_account":true}',
  'CONNECT {"verbose":false,"user":"a","pass":"b","auth_token":"c"}',
  'CONNECT {"verbose":false,"jwt":"x","sig":"y"}',
  'CONNECT {"verbose":false,"tls_required":true}',
  'CONNECT {"verbose":true}',
  'CONNECT {"pedantic":false}',
  'CONNECT {"verbose":false,"echo":"no"}',
  'CONNECT \u00ef\u00bb\u00bf{"verbose":false}',
];

/** Types that are wrong, or only look so; names that mean something to JavaScript alone. */
const ODD_FIELDS = [
  '"protocol":1.0',
  '"protocol":1e0',
  '"protocol":-0',
  '"protocol":99999999999999999999',
  '"protocol":-9223372036854775809',
  '"protocol":9223372036854775807',
  '"protocol":1.0,"protocol":1',
  '"protocol":true',
  '"x":{"protocol":1.5},"y":[{"verbose":7}],"z":"\\"protocol\\":1.0"',
  '"verbose":7,"verbose":false',
  '"pro\\u0074ocol":1.0',
  '"constructor":1',
  '"__proto__":1',
  '"toString":"x"',
  '"__proto__":{"verbose":7}',
  '"tls_required":"x"',
  '"tls_required":null',
  '"remote_account":1',
  '"proxy_sig":1',
  '"import":1',
  '"import":[]',
  '"import":null',
  '"import":{}',
  '"import":{"allow":1}',
  '"import":{"Deny":["a",1]}',
  '"export":{"allow":["a",null],"deny":null,"x":7}',
  '"export":"x"',
  '"sig":{}',
  '"nkey":[]',
  '"lnoc":"x"',
  '"nonce":1',
  '"permissions":1',
];

export const GREETING: Group = {
  name: "INFO and CONNECT",
  scenarios: [
    greeting("no settings", ""),
    greeting("no settings, to a client of protocol 0", "", CONNECT),
    greeting("a user for all", "authorization { user: a, pass: b }", connect({ user: "a", pass: "b" })),
    greeting("a token", "authorization { token: secret }", connect({ auth_token: "secret" })),
    greeting("users", "authorization { users: [{ user: a, pass: b }] }", connect({ user: "a", pass: "b" })),
    greeting("nkeys", `authorization { users: [{ nkey: ${NKEY} }] }`),
    greeting(
      "a user for those who say nothing",
      "authorization { users: [{ user: a, pass: b }] }, no_auth_user: a",
    ),
    greeting("a small maximum of payloads", "max_payload: 100"),
    greeting("no headers", "no_header_support: true", connectFully({ no_responders: false })),
    greeting("no headers, to one who wants no responders", "no_header_support: true", connectFully()),
    ...saying(
      ODD_CONNECTS.map((line) => `${line}\r\n`),
      { first: "" },
    ),
    ...saying(
      ODD_FIELDS.map((fields) => `CONNECT {"verbose":false,${fields}}\r\n`),
      { first: "" },
    ),
    {
      name: "a second CONNECT changes what it names",
      play: async (scene) => {
        const client = await scene.peer("client", CONNECT);
        client.send('SUB a 1\r\nCONNECT {"echo":false}\r\nPUB a 1\r\nx\r\nCONNECT {"verbose":true}\r\n');
        await client.sync();
        client.send('CONNECT {"verbose":false,"echo":true}\r\nPUB a 1\r\ny\r\n');
        await client.sync();
      },
    },
    {
      name: "operations without CONNECT are answered with +OK",
      play: async (scene) => {
        const client = await scene.peer("client");
        client.send("PING\r\nSUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\n");
        await client.answered(1);
        await client.sync();
      },
    },
    {
      name: "a PING before CONNECT and one after it",
      play: async (scene) => {
        const client = await scene.peer("client");
        await client.sync();
        client.send(connect({ protocol: 1 }));
        await client.sync();
        await client.sync();
      },
    },
    {
      name: "CONNECT and PING in pieces of a byte",
      play: async (scene) => {
        const client = await scene.peer("client");
        await client.sendInPieces(connect({ protocol: 1 }), 1);
        await client.sync();
      },
    },
  ],
};
