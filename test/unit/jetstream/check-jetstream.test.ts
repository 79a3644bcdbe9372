import { describe, expect, test } from "vitest";
import {
  advisories,
  backup,
  type BackupManifest,
  deadLetters,
  type JetStream,
  meta,
  plan,
  restore,
} from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";

describe.each<[string, (js: JetStream) => unknown]>([
  ["advisories", (js) => advisories(js)],
  ["backup", (js) => backup(js, "S")],
  ["restore", (js) => restore(js, {} as BackupManifest, new ReadableStream())],
  ["deadLetters", (js) => deadLetters(js, "S")],
  ["meta", (js) => meta(js)],
  ["plan", (js) => plan(js, {})],
])("%s", (_name, call) => {
  test.each([undefined, null, {}, "js", { request: () => undefined }])(
    "refuses %o as JetStream",
    async (js) => {
      const error = await failure((async () => await call(js as never))());
      expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "js" });
      expect(error.message).toContain("it must be what jetstream() gives");
    },
  );
});
