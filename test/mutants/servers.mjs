/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "the first connect uses up attempts",
    file: "src/core/servers/connector.ts",
    from: "if (isRefusal(error)) pool.onRefused(server, error.code);",
    to: "if (isRefusal(error)) pool.onRefused(server, error.code);\n      server.attempts++;",
    caughtBy:
      "integration/reconnect-rules.test.ts: leaves a server that refused it all the attempts of a later outage",
  },
  {
    what: "a success does not give attempts back",
    file: "src/core/servers/server-pool.ts",
    from: "server.attempts = 0;",
    to: "",
    caughtBy: "integration/reconnect.test.ts: does not use up attempts that succeeded later",
  },
  {
    what: "a success does not forget how the credentials were refused",
    file: "src/core/servers/server-pool.ts",
    from: "server.refusal = undefined;",
    to: "",
    caughtBy: "integration/auth-failures.test.ts: may be refused again after they were accepted",
  },
  {
    what: "the same refusal twice is not counted in the handshake",
    file: "src/core/servers/over-and-over.ts",
    from: "if (isRefusal(error) && pool.onRefused(server, error.code) && isFixed) throw error;",
    to: "",
    caughtBy: "integration/auth-failures.test.ts: that are refused twice in the same way end the connection",
  },
  {
    what: "a refusal of the first round is not remembered",
    file: "src/core/servers/connector.ts",
    from: "if (isRefusal(error)) pool.onRefused(server, error.code);",
    to: "",
    caughtBy:
      "integration/auth-failures.test.ts: shows fixed credentials twice at most to who refuses them, the first round included",
  },
  {
    what: "pauses do not grow",
    file: "src/core/servers/server-pool.ts",
    from: "delay * 2 ** Math.min(30, server.failures - 1)",
    to: "delay",
    caughtBy: "unit/servers/server-pool.test.ts: each failure in a row doubles the pause",
  },
  {
    what: "the server that was lost is tried first",
    file: "src/core/servers/server-pool.ts",
    from: "if (server.failures > 1) pause(server, now, backoff);\n    this.#moveLast(server);",
    to: "if (server.failures > 1) pause(server, now, backoff);",
    caughtBy: "integration/reconnect.test.ts: of the list is tried at once when the one in use is gone",
  },
  {
    what: "a server whose attempts are used up stays in the list",
    file: "src/core/servers/server-pool.ts",
    from: "if (server.attempts >= backoff.maxAttempts)",
    to: "if (server.attempts > backoff.maxAttempts)",
    caughtBy: "wire/scripted-checks.test.ts: no attempts is reconnect: false",
  },
  {
    what: "servers that the cluster no longer lists stay",
    file: "src/core/servers/server-pool.ts",
    from: "this.#servers = this.#servers.filter(stays);",
    to: "",
    caughtBy:
      "unit/servers/server-pool-discovery.test.ts: removes discovered servers that it no longer names",
  },
  {
    what: "a part of a password with a slash or an @ is shown",
    file: "src/core/server-url.ts",
    from: 'rest.lastIndexOf("@")',
    to: 'rest.indexOf("@")',
    caughtBy: "integration/url-secrets.test.ts: no error shows a piece of the user info",
  },
  {
    what: "an authentication that took too long counts as a refusal",
    file: "src/core/auth/credential-source.ts",
    from: '  "AUTHENTICATION_TIMEOUT",\n',
    to: "",
    caughtBy: "integration/server-words.test.ts: of fixed credentials, at a reconnect: it is tried again",
  },
  {
    what: "each server that was ever named is remembered",
    file: "src/core/servers/server-pool.ts",
    from: "this.#lastLeft = left.slice(0, MAX_LAST_LEFT);",
    to: "this.#lastLeft = [...this.#lastLeft, ...left];",
    caughtBy:
      "unit/servers/server-pool-discovery.test.ts: remembers no more than the last list, however many there were",
  },
];
