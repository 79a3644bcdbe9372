import { describe, expect, test } from "vitest";
import * as here from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";

// The package as it is built is another copy than its sources.
const copy = new URL("../../dist/index.js", import.meta.url).href;
const there = (await import(copy)) as typeof here;

const access = useServer({ config: `authorization { user: "joe", password: "s3cret" }` });

const signIn = (client: typeof here, authenticator: here.Authenticator): Promise<here.Connection> =>
  client.connect({ servers: access.url, authenticator });

describe("two copies of the package in one process", () => {
  test("are two", () => {
    expect(there.NatsError).not.toBe(here.NatsError);
  });

  test.each([
    ["one", here, there],
    ["the other", there, here],
  ])("take each other's authenticators, headers and messages: as %s", async (_which, own, other) => {
    await using one = await signIn(own, other.usernamePasswordAuthenticator("joe", "s3cret"));
    await using two = await signIn(other, own.usernamePasswordAuthenticator("joe", "s3cret"));
    const [received, forwarded] = [two.subscribe("received"), one.subscribe("forwarded")];
    await Promise.all([one.flush(), two.flush()]);
    one.publish("received", "hello", { headers: other.headers({ "X-Trace": "1" }) });
    const m = await received.next({ timeout: 5000 });
    one.publish("forwarded", m.data, { headers: m.headers! });
    const again = await forwarded.next({ timeout: 5000 });
    expect([again.string(), again.headers?.get("X-Trace")]).toEqual(["hello", "1"]);
    one.forward(m, "forwarded");
    const asItCame = await forwarded.next({ timeout: 5000 });
    expect([asItCame.string(), asItCame.headers?.get("X-Trace")]).toEqual(["hello", "1"]);
  });

  test("take each other's errors for what they are, those of an authenticator too", async () => {
    const error = await failure(signIn(here, there.usernamePasswordAuthenticator("joe", "wrong")));
    expect(there.isNatsError(error, "AUTHORIZATION_VIOLATION")).toBe(true);
    // It says itself what failed: no second error is put around it.
    const own = new there.AuthenticationError("CREDENTIALS_FAILED", "the vault is sealed");
    expect(await failure(signIn(here, () => Promise.reject(own)))).toBe(own);
  });

  test("take each other's failure for a known one wherever an error is asked for its kind", async () => {
    const dial: here.Dial = () =>
      Promise.reject(new there.ConnectionError("CONNECTION_REFUSED", "nobody is there"));
    const error = await failure(here.connect({ servers: access.url, dial }));
    expect(error).toMatchObject({ code: "CONNECTION_REFUSED", server: access.url });
  });
});
