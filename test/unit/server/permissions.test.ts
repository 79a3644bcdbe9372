import { describe, expect, test } from "vitest";
import { Permissions } from "../../../src/server/auth/permissions.ts";
import { ResponsePermits } from "../../../src/server/auth/response-permits.ts";

describe("permissions", () => {
  test("what isn't named is allowed", () => {
    const permissions = new Permissions({});
    expect(permissions.canPublish("a.b")).toBe(true);
    expect(permissions.canSubscribe(">", undefined)).toBe(true);
  });

  test("deny wins over allow", () => {
    const permissions = new Permissions({ publish: { allow: ["a.>"], deny: ["a.secret"] } });
    expect(permissions.canPublish("a.b")).toBe(true);
    expect(permissions.canPublish("a.secret")).toBe(false);
    expect(permissions.canPublish("b")).toBe(false);
    // The second time from memory.
    expect(permissions.canPublish("a.secret")).toBe(false);
  });

  test("a wider subscription than allowed is refused, a wider one than denied is filtered", () => {
    const allowed = new Permissions({ subscribe: "a.*" });
    expect(allowed.canSubscribe("a.*", undefined)).toBe(true);
    expect(allowed.canSubscribe("a.b", undefined)).toBe(true);
    expect(allowed.canSubscribe("*.b", undefined)).toBe(false);
    const denied = new Permissions({ subscribe: { deny: ["a.secret"] } });
    expect(denied.canSubscribe("a.*", undefined)).toBe(true);
    expect(denied.deniesDelivery).toBe(true);
    expect(denied.isDenied("a.secret", undefined)).toBe(true);
    expect(denied.isDenied("a.open", undefined)).toBe(false);
  });

  test("queue names decide where they are given", () => {
    const permissions = new Permissions({ subscribe: { allow: ["jobs workers.*", "open"] } });
    expect(permissions.canSubscribe("jobs", undefined)).toBe(false);
    expect(permissions.canSubscribe("jobs", "workers.1")).toBe(true);
    expect(permissions.canSubscribe("jobs", "others")).toBe(false);
    expect(permissions.canSubscribe("open", "any")).toBe(true);
  });

  test("whoever may only respond may publish nothing else", () => {
    const permissions = new Permissions({ allowResponses: true });
    expect(permissions.canPublish("a")).toBe(false);
    expect(permissions.responses).toEqual({ max: 1, expires: 120_000 });
  });
});

describe("permits to respond", () => {
  test("are used up", () => {
    const permits = new ResponsePermits({ max: 2, expires: 1000 });
    permits.give("r", 0);
    expect([permits.use("r", 1), permits.use("r", 2), permits.use("r", 3)]).toEqual([true, true, false]);
    expect(permits.use("other", 0)).toBe(false);
  });

  test("end with their time", () => {
    const permits = new ResponsePermits({ max: -1, expires: 1000 });
    permits.give("r", 0);
    expect(permits.use("r", 1000)).toBe(true);
    expect(permits.use("r", 1001)).toBe(false);
  });
});
