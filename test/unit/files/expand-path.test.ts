import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expandPath } from "../../../src/files/expand-path.ts";
import { expectError } from "../auth/support.ts";

const linux = { env: { HOME: "/home/joe", DIR: "/run/nats", NAME: "a", EMPTY: "" }, platform: "linux" };

describe("a path", () => {
  test.each([
    ["/a/b.creds", "/a/b.creds"],
    ["a.creds", "a.creds"],
    ["$DIR/a.creds", "/run/nats/a.creds"],
    ["${DIR}/${NAME}.creds", "/run/nats/a.creds"],
    ["${DIR}x", "/run/natsx"],
    ["$DIRx/a", "/a"],
    ["$UNSET/a${UNSET}${EMPTY}", "/a"],
    ["~", "/home/joe"],
    ["~/a.creds", "/home/joe/a.creds"],
    ["~/$NAME", "/home/joe/a"],
    ["$HOME/~/a", "/home/joe/~/a"],
    ["a~/b", "a~/b"],
    ["~a.creds", "~a.creds"],
    ["cost-1$.creds", "cost-1$.creds"],
    ["$1", "$1"],
  ])("is expanded: %s to %s [CRED-03]", (path, expanded) => {
    expect(expandPath(path, "path", linux)).toBe(expanded);
  });

  test("may have a variable that begins with ~ [CRED-03]", () => {
    const env = { HOME: "/home/joe", CREDS: "~/a.creds" };
    expect(expandPath("$CREDS", "path", { env, platform: "linux" })).toBe("/home/joe/a.creds");
  });

  test("is expanded here by default", () => {
    expect(expandPath("~/a", "path")).toBe(join(process.env["HOME"] ?? "", "a"));
  });

  test("needs a home only for ~ [CRED-04]", async () => {
    for (const env of [{}, { HOME: "" }]) {
      const place = { env, platform: "linux" };
      expect(expandPath("/a", "path", place)).toBe("/a");
      const error = await expectError(
        () => expandPath("~/a", "seedPath", place),
        "INVALID_OPTION",
        /needs \$HOME/,
      );
      expect(error.argument).toBe("seedPath");
    }
  });

  test("of Windows has its home in two variables, or one [CRED-04]", async () => {
    const drive = { HOMEDRIVE: "C:", HOMEPATH: "/joe" };
    const profile = { USERPROFILE: "D:/joe", HOME: "/home/joe" };
    const expand = (env: Record<string, string>) => expandPath("~/a", "path", { env, platform: "win32" });
    expect(expand({ ...drive, ...profile })).toBe(join("C:", "/joe", "a"));
    expect(expand({ HOMEDRIVE: "C:", ...profile })).toBe(join("D:/joe", "a"));
    await expectError(
      () => expand({ HOMEPATH: "/joe", HOME: "/home/joe" }),
      "INVALID_OPTION",
      /%USERPROFILE%/,
    );
  });

  test("must be there", async () => {
    await expectError(() => expandPath("", "path", linux), "INVALID_OPTION", /"path": it is empty/);
    await expectError(() => expandPath("$UNSET", "path", linux), "INVALID_OPTION", /all of it is unset/);
    await expectError(() => expandPath(undefined as never, "path"), "INVALID_OPTION", /must be a path/);
  });
});
