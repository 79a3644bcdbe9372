import { wrongValue } from "../core/checks.ts";
import type { JetStream } from "./jetstream.ts";

/** Throws `INVALID_OPTION` for what is none; one of another copy of the package is one too. */
export function checkJetStream(js: JetStream): JetStream {
  if (typeof (js as JetStream | undefined)?.context?.api?.request === "function") return js;
  throw wrongValue("js", "what jetstream() gives", js);
}
