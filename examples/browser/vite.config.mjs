// A project that has installed natspeed needs no configuration: this one takes it from the repository around it.
import { fileURLToPath } from "node:url";

export default {
  resolve: { alias: { natspeed: fileURLToPath(new URL("../..", import.meta.url)) } },
  build: { target: "es2022" },
};
