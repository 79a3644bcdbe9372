import type { ServiceRequest } from "./service-request.ts";

/**
 * Stands around each handler, the first outermost: for access, logs and traces. `next()` calls the rest and gives its
 * answer; what it rejects with, middleware may catch. What middleware returns is the answer; undefined leaves it to what
 * `next()` gave. Returning without `next()` keeps the request from the handler. `next()` is to be awaited or returned.
 */
export type Middleware = (request: ServiceRequest, next: () => Promise<unknown>) => unknown;

/** What answers a request, as its endpoint calls it. */
export type Answerer = (request: ServiceRequest) => unknown;

/** The handler within the middleware. */
export function around(middleware: readonly Middleware[], handler: Answerer): Answerer {
  return middleware.reduceRight<Answerer>((inner, outer) => wrapped(outer, inner), handler);
}

function wrapped(outer: Middleware, inner: Answerer): Answerer {
  return async (request) => {
    let last: Promise<unknown> | undefined;
    const next = (): Promise<unknown> => {
      last = begin(inner, request);
      // The middleware gets the failure. It must not be an unhandled rejection as well.
      last.catch(() => undefined);
      return last;
    };
    const answer = await outer(request, next);
    return answer === undefined ? await last : answer;
  };
}

async function begin(inner: Answerer, request: ServiceRequest): Promise<unknown> {
  return await inner(request);
}
