// workerd: a request with the surroundings as its body runs the smoke suite; the response says what came of it.
import { natspeed } from "./entries.mjs";
import { smoke } from "./smoke.mjs";

export default {
  /** @param {Request} request */
  async fetch(request) {
    return Response.json(await smoke(natspeed, await request.json()));
  },
};
