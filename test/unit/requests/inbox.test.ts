import { describe, expect, test } from "vitest";
import { InboxMaker, newInbox } from "../../../src/core/requests/inbox.ts";
import { checkPublishSubject } from "../../../src/core/protocol/subject.ts";

describe("an inbox", () => {
  test("is _INBOX and an id of 22 base-62 characters [INBOX-01] [INBOX-02]", () => {
    expect(newInbox()).toMatch(/^_INBOX\.[0-9A-Za-z]{22}$/);
  });

  test("begins with the prefix of its connection [INBOX-03]", () => {
    expect(new InboxMaker("$me.x").next()).toMatch(/^\$me\.x\.[0-9A-Za-z]{22}$/);
  });

  test("begins with a prefix of its own, without a connection", () => {
    expect(newInbox("$me.x")).toMatch(/^\$me\.x\.[0-9A-Za-z]{22}$/);
  });

  test.each(["", ".", "a.", "a b", "a.*", ">", 7])("can't begin with %j", (prefix) => {
    expect(() => newInbox(prefix as string)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", argument: "prefix" }) as Error,
    );
  });

  test("is a new one each time, from whichever maker", () => {
    const makers = [new InboxMaker("_INBOX"), new InboxMaker("_INBOX")];
    const inboxes = Array.from({ length: 10_000 }, (_, i) => makers[i % 2]!.next()).concat(
      newInbox(),
      newInbox(),
    );
    expect(new Set(inboxes).size).toBe(inboxes.length);
  });

  test("can be published to", () => {
    for (let i = 0; i < 1000; i++) expect(() => checkPublishSubject(newInbox())).not.toThrow();
  });
});
