// A project that has installed natspeed needs no configuration: this one takes it from the repository around it.
import { fileURLToPath } from "node:url";

const pathOf = (/** @type {string} */ path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export default {
  resolve: {
    alias: [
      { find: /^natspeed$/, replacement: pathOf("dist/index.browser.js") },
      { find: /^natspeed\/kv$/, replacement: pathOf("dist/kv/index.js") },
    ],
  },
  build: { target: "es2022" },
};
