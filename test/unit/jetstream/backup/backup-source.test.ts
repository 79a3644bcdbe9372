import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../../../src/core/byte-source.ts";
import { BackupSource } from "../../../../src/jetstream/backup/backup-source.ts";
import { failure, thrown } from "../../../support/failure.ts";

async function lengths(source: ByteSource): Promise<number[]> {
  const reader = new BackupSource(source, "S", undefined);
  const read: number[] = [];
  for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read())
    read.push(chunk.length);
  return read;
}

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield await Promise.resolve(new Uint8Array(size));
}

describe("a source of bytes", () => {
  it("is a stream of the web, or whatever a loop can read", async () => {
    expect(await lengths(chunks(1, 2))).toEqual([1, 2]);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const size of [3, 4]) controller.enqueue(new Uint8Array(size));
        controller.close();
      },
    });
    expect(await lengths(stream)).toEqual([3, 4]);
  });

  it("is nothing else", async () => {
    for (const wrong of [undefined, "bytes", 5, {}, new Uint8Array(3)]) {
      expect(thrown(() => new BackupSource(wrong as never, "S", undefined))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "bytes",
      });
    }
    const locked = new ReadableStream<Uint8Array>();
    locked.getReader();
    expect(thrown(() => new BackupSource(locked, "S", undefined))).toMatchObject({ code: "INVALID_OPTION" });
    async function* texts(): AsyncGenerator<string> {
      yield await Promise.resolve("text");
    }
    expect(await failure(lengths(texts() as never))).toMatchObject({ code: "INVALID_OPTION" });
  });

  it("fails with BACKUP_INCOMPLETE, unless it has an error of this library", async () => {
    const cause = new Error("the disk is gone");
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(cause) });
    expect(await failure(lengths(broken))).toMatchObject({ code: "BACKUP_INCOMPLETE", stream: "S", cause });
    const own = thrown(() => new BackupSource(5 as never, "S", undefined));
    const failing = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(own) });
    expect(await failure(lengths(failing))).toBe(own);
  });

  it("is not waited for once the signal aborts, and closes", async () => {
    const abort = new AbortController();
    let reason: unknown;
    const endless = new ReadableStream<Uint8Array>({ cancel: (given) => void (reason = given) });
    const reader = new BackupSource(endless, "S", abort.signal);
    const reading = failure(reader.read());
    abort.abort("enough");
    expect(await reading).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(await failure(reader.read())).toMatchObject({ code: "ABORTED" });
    await reader.cancel("closed");
    expect(reason).toBe("closed");
  });
});
