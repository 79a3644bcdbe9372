import { request } from "./request.mjs";

/** As requests, but a service answers. */
export async function service(library, params) {
  return await request({ ...library, echo: library.service }, params);
}
