import type { ServiceRequest } from "./service-request.ts";

/**
 * Runs around each handler, the first one outermost: for access, logs and traces. `next()` calls the rest and resolves with its
 * answer, or rejects with its error, which middleware may catch. Await `next()`, or return it. The answer is what middleware returns;
 * if that is undefined, it is what `next()` gave. Without a call of `next()` the handler does not get the request.
 */
export type Middleware = (request: ServiceRequest, next: () => Promise<unknown>) => unknown;

/** A handler, with or without middleware around it. */
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
      // The middleware gets the error. It must not become an unhandled rejection as well.
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
