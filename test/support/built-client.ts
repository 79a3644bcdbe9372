import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The client for a program of a test to import, as `npm run build` left it. */
export const BUILT_CLIENT: string = new URL("../../dist/index.js", import.meta.url).href;
