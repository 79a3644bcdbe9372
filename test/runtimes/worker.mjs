// workerd: a request with the surroundings as its body runs the smoke suite; the response says what came of it.
import * as natspeed from "natspeed";
import { startServer } from "natspeed/server";
import { smoke } from "./smoke.mjs";

export default {
  /** @param {Request} request */
  async fetch(request) {
    return Response.json(await smoke({ ...natspeed, startServer }, await request.json()));
  },
};
