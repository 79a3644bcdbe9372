// What most pages need after they have connected, or never. One module: bundlers cut what several chunks share into
// pieces, and each set of chunks costs one more.
export { collectCredentials } from "../auth/collect-credentials.ts";
export { signNonce } from "../auth/sign-nonce.ts";
export { explainFailure } from "../link/explain-failure.ts";
export { HandOver } from "../move/hand-over.ts";
export { ResponseCollector } from "../requests/response-collector.ts";
export { PauseHandlers } from "../servers/pause-handlers.ts";
export { refuseLines } from "./refused-lines.ts";
export { Warnings } from "./warnings.ts";
export { checkPlatform } from "./platform-check.ts";
