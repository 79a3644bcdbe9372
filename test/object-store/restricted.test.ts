import { expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { objectStore } from "../../src/object-store/index.ts";
import { useServer } from "../support/nats-server.ts";
import { asUser, restrictedUsers } from "../support/restricted-users.ts";

const server = useServer({
  jetstream: true,
  config: restrictedUsers({
    owner: {},
    // Without the permission to purge.
    writer: {
      publish: ["$O.files.>", "$JS.API.STREAM.MSG.GET.OBJ_files"],
      subscribe: ["_INBOX.>"],
    },
  }),
});

it("[OBJ-12] a client that must not purge renames: that the old name leaves a mark is told", async () => {
  await using owner = await connect(asUser(server, "owner"));
  await using writer = await connect(asUser(server, "writer"));
  const errors: string[] = [];
  writer.on("error", ({ error }) => void errors.push(error.message));
  const files = await objectStore(owner).create("files", { storage: "memory" });
  await files.put("old", "x");
  await objectStore(writer).bind("files").update("old", { name: "new" });
  expect(await files.info("old")).toBeUndefined();
  expect(await (await files.get("new")).text()).toBe("x");
  await expect.poll(() => errors.some((text) => text.includes("may be left on"))).toBe(true);
});
