import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { AbortError, ConnectionError, TimeoutError } from "../../src/core/errors.ts";
import { Waiter } from "../../src/core/waiter.ts";
import { useFakeTimers } from "./support/fake-timers.ts";

useFakeTimers();

/** The listeners that a signal has for its abort. */
function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("a waiter", () => {
  test("resolves with the first value, and that is it", async () => {
    const waiter = new Waiter<number>({}, { what: "x" });
    expect(waiter.isSettled).toBe(false);
    waiter.resolve(1);
    waiter.resolve(2);
    waiter.reject(new ConnectionError("DISCONNECTED", "late"));
    expect(waiter.isSettled).toBe(true);
    expect(await waiter.promise).toBe(1);
  });

  test("rejects with the first error, and that is it", async () => {
    const waiter = new Waiter<number>({}, { what: "x" });
    const error = new ConnectionError("DISCONNECTED", "first");
    waiter.reject(error);
    waiter.reject(new ConnectionError("DISCONNECTED", "second"));
    waiter.resolve(1);
    await expect(waiter.promise).rejects.toBeInstanceOf(ConnectionError);
    await expect(waiter.promise).rejects.toMatchObject({ code: "DISCONNECTED", message: "first" });
  });

  test("rejects when its time is over, telling what it waited for and how long", async () => {
    const waiter = new Waiter<void>({ timeout: 100 }, { what: "a word", subject: "foo" });
    const rejected = expect(waiter.promise).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "timed out after 100 ms waiting for a word",
      subject: "foo",
      elapsed: 100,
    });
    vi.advanceTimersByTime(99);
    expect(waiter.isSettled).toBe(false);
    vi.advanceTimersByTime(1);
    expect(waiter.isSettled).toBe(true);
    await rejected;
    await expect(waiter.promise).rejects.toBeInstanceOf(TimeoutError);
    // What is only for the text does not become a field.
    await expect(waiter.promise).rejects.not.toHaveProperty("what");
  });

  test("may have a time limit of 0", async () => {
    const waiter = new Waiter<void>({ timeout: 0 }, { what: "x" });
    const rejected = expect(waiter.promise).rejects.toMatchObject({ code: "TIMEOUT" });
    vi.advanceTimersByTime(1);
    await rejected;
  });

  test("waits for ever without a limit", () => {
    const waiter = new Waiter<void>({}, { what: "x" });
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1e9);
    expect(waiter.isSettled).toBe(false);
  });

  test("rejects when its signal aborts, with the reason as cause", async () => {
    const controller = new AbortController();
    const waiter = new Waiter<void>({ signal: controller.signal }, { what: "a word", subject: "foo" });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiter.promise).rejects.toBeInstanceOf(AbortError);
    await expect(waiter.promise).rejects.toMatchObject({
      code: "ABORTED",
      message: "aborted while waiting for a word",
      subject: "foo",
      cause: reason,
    });
  });

  test("rejects at once with a signal that has aborted before, and begins nothing", async () => {
    const signal = AbortSignal.abort("why");
    const waiter = new Waiter<void>({ signal, timeout: 100 }, { what: "x" });
    expect(waiter.isSettled).toBe(true);
    await expect(waiter.promise).rejects.toMatchObject({ code: "ABORTED", cause: "why" });
    expect(vi.getTimerCount()).toBe(0);
    expect(listenersOf(signal)).toBe(0);
  });

  test.each<[string, (waiter: Waiter<void>, controller: AbortController) => void]>([
    ["it resolves", (waiter) => waiter.resolve()],
    ["it rejects", (waiter) => waiter.reject(new ConnectionError("DISCONNECTED", "x"))],
    ["its time is over", () => vi.advanceTimersByTime(100)],
    ["its signal aborts", (_waiter, controller) => controller.abort()],
  ])("leaves no timer and no listener behind when %s", async (_what, settle) => {
    const controller = new AbortController();
    const waiter = new Waiter<void>({ timeout: 100, signal: controller.signal }, { what: "x" });
    expect(vi.getTimerCount()).toBe(1);
    expect(listenersOf(controller.signal)).toBe(1);
    settle(waiter, controller);
    expect(vi.getTimerCount()).toBe(0);
    expect(listenersOf(controller.signal)).toBe(0);
    await waiter.promise.catch(() => undefined);
  });
});
