import type { FormerNamesByCall } from "../core/transport.ts";

// Of nats.js and, where they differ, of the fields of nats.go's Options. Who types one of them is told what to write.
const CONNECT = {
  pass: '"password"',
  port: '"servers", as in servers: "127.0.0.1:4222"',
  url: '"servers"',
  debug: "the environment variable NODE_DEBUG=natspeed",
  userJWT: '"authenticator", with jwtAuthenticator()',
  nkey: '"authenticator", with nkeyAuthenticator()',
  creds: '"authenticator", with credsAuthenticator() or credsFileAuthenticator()',
  userCreds: '"authenticator", with credsFileAuthenticator()',
  ignoreAuthErrorAbort: '"authenticator": what a function gives is tried again',
  noEcho: '"echo", the other way round: echo: false',
  noRandomize: '"randomize", the other way round: randomize: false',
  ignoreClusterUpdates: '"discoverServers", the other way round: discoverServers: false',
  ignoreDiscoveredServers: '"discoverServers", the other way round: discoverServers: false',
  ignoreServerUpdates: '"discoverServers", the other way round: discoverServers: false',
  allowReconnect: '"reconnect"',
  noReconnect: '"reconnect", the other way round: reconnect: false',
  maxReconnectAttempts: "reconnect: { maxAttempts }, and for no limit nothing, or Infinity",
  maxReconnects: "reconnect: { maxAttempts }, and for no limit nothing, or Infinity",
  maxReconnect: "reconnect: { maxAttempts }, and for no limit nothing, or Infinity",
  reconnectTimeWait: "reconnect: { delay, maxDelay }: the pause doubles with each attempt",
  reconnectWait: "reconnect: { delay, maxDelay }: the pause doubles with each attempt",
  reconnectJitter: "reconnect: { jitter }, from 0 to 1",
  reconnectJitterTLS: "reconnect: { jitterTls }, from 0 to 1",
  reconnectDelayHandler: "reconnect: { delayHandler }",
  customReconnectDelayCB: "reconnect: { delayHandler }",
  waitOnFirstConnect: "reconnect: { firstConnect: true }",
  retryOnFailedConnect: 'reconnect: { firstConnect: "background" }',
  reconnectBufSize: '"reconnectBufferSize"',
  maxPingOut: '"maxPingsOut"',
  tlsConfig: '"tls"',
  wsFactory: "websocket: { open }",
  reconnectToServer: "reconnect: { chooseServer }",
  resolve: "nothing: all addresses of a name are tried",
  noAsyncTraces: "nothing: the caller's line is always in the stack",
  drainTimeout: "an option of the call: nc.drain({ timeout })",
  closedCB: 'an event: nc.on("closed", listener)',
  disconnectedErrCB: 'an event: nc.on("disconnected", listener)',
  reconnectedCB: 'an event: nc.on("reconnected", listener)',
  asyncErrorCB: 'an event: nc.on("error", listener)',
  lameDuckModeHandler: 'an event: nc.on("lameDuck", listener)',
};

const REQUEST = {
  noMux: '"ownInbox"',
  reply: "nothing: a request has an inbox by itself; nc.publish takes a reply",
};

/** What options and events of other NATS clients are called here. */
export const FORMER_NAMES: FormerNamesByCall = {
  connect: CONNECT,
  publish: { respond: '"reply"' },
  subscribe: {
    cb: '"callback"',
    handler: '"callback"',
    queueGroup: '"queue"',
    timeout: '"firstMessageTimeout"',
    slow: '"pending", as in pending: { messages: 1000 }',
  },
  request: REQUEST,
  requestMany: {
    ...REQUEST,
    timeout: '"maxWait"',
    strategy: "one of maxWait, stall, maxMessages and sentinel, or several",
    jitter: '"stall"',
  },
  events: {
    disconnect: '"disconnected"',
    reconnect: '"reconnected"',
    close: '"closed"',
    ldm: '"lameDuck"',
    update: '"discovered"',
    staleConnection: '"disconnected", whose error has the code STALE_CONNECTION',
    forceReconnect: '"moved"',
  },
};
