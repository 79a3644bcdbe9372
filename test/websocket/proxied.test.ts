import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type ConnectOptions } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { withServer } from "../support/nats-server.ts";
import { Operator } from "../support/operator.ts";
import { WebSocketProxy, type WebSocketProxyOptions } from "../support/web-socket-proxy.ts";

const PREFIX = "/nats/v1";

interface Scene {
  readonly proxy: WebSocketProxy;
  /** How often the cookie was asked for. */
  readonly asked: () => number;
  readonly options: ConnectOptions;
}

/** A nats-server that takes a user's JWT from a cookie, behind a proxy that rewrites paths. */
async function withScene(
  proxyOptions: Omit<WebSocketProxyOptions, "prefix">,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const operator = await Operator.create();
  const { jwt } = await operator.user({ isBearer: true });
  const listener = 'websocket { host: "127.0.0.1", port: -1, no_tls: true, jwt_cookie: "who" }';
  const config = `${await operator.config()}\n${listener}`;
  await withServer({ config }, async (server) => {
    const port = Number(new URL(server.ports.websocket![0]!).port);
    await using proxy = await WebSocketProxy.start(port, { ...proxyOptions, prefix: PREFIX });
    let asked = 0;
    const headers = async (): Promise<Record<string, string>> => {
      asked++;
      return await Promise.resolve({ cookie: `who=${jwt}` });
    };
    const options = {
      servers: proxy.url,
      websocket: { path: PREFIX, headers },
      reconnect: { delay: 10 },
    };
    await body({ proxy, asked: () => asked, options });
  });
}

describe("a server behind a proxy that rewrites paths", () => {
  test("is reached with the JWT of a cookie, and not without [URL-08] [WS-01] [WS-03]", async () => {
    await withScene({}, async ({ proxy, options }) => {
      await using nc = await connect(options);
      expect(await nc.rtt()).toBeGreaterThan(0);
      expect(nc.server).toBe(proxy.url);
      const { websocket, ...others } = options;
      const noCookie = await failure(connect({ ...others, websocket: { path: PREFIX } }));
      expect(noCookie).toMatchObject({ code: "AUTHORIZATION_VIOLATION" });
      const noPath = await failure(connect({ ...others, websocket: { headers: websocket!.headers! } }));
      expect(noPath).toMatchObject({ code: "UPGRADE_REFUSED", status: 404 });
    });
  });

  test("and closes idle links is found again, path and cookie with it", async () => {
    await withScene({ idleLimit: 100 }, async ({ proxy, options, asked }) => {
      await using nc = await connect(options);
      await eventually(() => expect(asked()).toBeGreaterThan(2));
      expect(new Set(proxy.paths)).toEqual(new Set([PREFIX]));
      // Whatever link there is then.
      const subscription = nc.subscribe("a", { max: 1 });
      nc.publish("a", "hello");
      for await (const m of subscription) expect(m.string()).toBe("hello");
    });
  });

  test("and closes idle links does not, with a pingInterval below its limit", async () => {
    await withScene({ idleLimit: 2000 }, async ({ proxy, options }) => {
      await using nc = await connect({ ...options, pingInterval: 100 });
      await sleep(4500);
      expect(nc.state).toBe("connected");
      expect(proxy.paths).toHaveLength(1);
    });
  });
});
