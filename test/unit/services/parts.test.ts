import { describe, expect, it, vi } from "vitest";
import { headers } from "../../../src/index.ts";
import { EndpointCounters } from "../../../src/services/endpoint/counters.ts";
import type { Endpoint } from "../../../src/services/endpoint/endpoint.ts";
import { errorHeaders } from "../../../src/services/endpoint/error-headers.ts";
import { around, type Middleware } from "../../../src/services/endpoint/middleware.ts";
import type { ServiceRequest } from "../../../src/services/endpoint/service-request.ts";
import { aVersion } from "../../../src/services/names.ts";
import { gatherStats } from "../../../src/services/service/gather-stats.ts";
import { Gate } from "../../support/gate.ts";

const REQUEST = {} as ServiceRequest;

describe("the counters of an endpoint", () => {
  it("[SVC-06] are exact beyond what a number holds", () => {
    const counters = new EndpointCounters();
    // 60 days each.
    for (let i = 0; i < 5; i++) {
      counters.requests++;
      counters.add(5_184_000_000.000001);
    }
    expect(counters.processingTime).toBe(25_920_000_000_000_005n);
    expect(counters.averageProcessingTime).toBe(5_184_000_000_000_001n);
  });

  it("[SVC-06] have no average of nothing", () => {
    expect(new EndpointCounters().averageProcessingTime).toBe(0n);
  });
});

describe("the stats of an endpoint", () => {
  it("[SVC-07] are without data that come too late, and whose failure then harms nobody", async () => {
    vi.useFakeTimers();
    try {
      const endpoint = { name: "late", subject: "late", queue: undefined } as Endpoint;
      const gate = new Gate();
      const failures: string[] = [];
      const gathering = gatherStats(
        { endpoint, counters: new EndpointCounters() },
        {
          statsHandler: async () => {
            await gate.opened;
            throw new Error("too late");
          },
          onStatsFailed: (_, { message }) => void failures.push(message),
        },
      );
      await vi.advanceTimersByTimeAsync(3000);
      expect(await gathering).not.toHaveProperty("data");
      gate.open();
      await vi.advanceTimersByTimeAsync(1);
      expect(failures).toEqual([expect.stringContaining("timed out after 2000 ms")]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the headers of an error", () => {
  it("[SVC-08] are beside those of the application, which can't take their place", () => {
    const made = errorHeaders(404, "no", headers({ a: ["1", "2"], "nats-service-error": "x" }));
    expect(JSON.parse(JSON.stringify(made))).toEqual({
      a: ["1", "2"],
      "Nats-Service-Error": ["no"],
      "Nats-Service-Error-Code": ["404"],
    });
  });

  it("[SVC-08] leave out what was received and can't be sent", () => {
    const received = {
      *[Symbol.iterator]() {
        yield ["good", "1"];
        yield ["bad\u00e9", "2"];
      },
    };
    expect(errorHeaders(500, "x", received as never).get("good")).toBe("1");
  });
});

describe("middleware", () => {
  it("[SVC-16] is no step where there is none", () => {
    const handler = (): string => "x";
    expect(around([], handler)).toBe(handler);
  });

  it("[SVC-16] may call the rest again", async () => {
    let calls = 0;
    const retry: Middleware = async (_, next) => {
      try {
        return await next();
      } catch {
        return await next();
      }
    };
    const handler = (): string => {
      if (++calls === 1) throw new Error("first");
      return `call ${calls}`;
    };
    expect(await around([retry], handler)(REQUEST)).toBe("call 2");
  });

  it("[SVC-16] that throws is a failure, and so is a handler's that it lets pass", async () => {
    const thrower: Middleware = () => {
      throw new Error("middleware");
    };
    await expect(around([thrower], () => "x")(REQUEST)).rejects.toThrow("middleware");
    const passing: Middleware = async (_, next) => void (await next());
    const failing = (): never => {
      throw new Error("handler");
    };
    await expect(around([passing], failing)(REQUEST)).rejects.toThrow("handler");
  });

  it("[SVC-16] that answers by itself leaves no failure of the rest unhandled", async () => {
    const hasty: Middleware = (_, next) => {
      void next();
      return "at once";
    };
    const failing = async (): Promise<never> => await Promise.reject(new Error("late"));
    expect(await around([hasty], failing)(REQUEST)).toBe("at once");
  });
});

describe("versions", () => {
  it.each(["0.0.0", "1.2.3", "1.0.0-alpha.1", "1.0.0--x", "1.0.0+build.01", "1.0.0-0a.b+c-d"])(
    "[SVC-01] %s is one",
    (version) => expect(aVersion("version", version)).toBe(version),
  );

  it.each(["", "1", "1.2", "1.2.3.4", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3 ", "^1.2.3"])(
    "[SVC-01] %j is none",
    (version) => expect(() => aVersion("version", version)).toThrow("semver"),
  );
});
