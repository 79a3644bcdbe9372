import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { watchWake } from "../../../src/browser/wake.ts";

/** A page as far as this concerns: it can be hidden, and events can be sent to it. */
class Page extends EventTarget {
  visibilityState = "visible";

  show(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let page: Page;
let scope: EventTarget;
let wakes = 0;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  scope = new EventTarget();
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", scope.addEventListener.bind(scope));
  vi.stubGlobal("removeEventListener", scope.removeEventListener.bind(scope));
  wakes = 0;
  stop = watchWake(() => wakes++);
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The clock goes on by so much, without a timer that runs. */
function sleep(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  vi.advanceTimersByTime(1000);
}

describe("a page is back", () => {
  test.each(["online", "pageshow"])("when it is told of %s", (type) => {
    scope.dispatchEvent(new Event(type));
    expect(wakes).toBe(1);
  });

  test("when it is shown again, and not when it is hidden", () => {
    page.show("hidden");
    expect(wakes).toBe(0);
    page.show("visible");
    expect(wakes).toBe(1);
  });

  test("when its clock has jumped", () => {
    vi.advanceTimersByTime(60_000);
    expect(wakes).toBe(0);
    sleep(30_000);
    expect(wakes).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(wakes).toBe(1);
  });

  test("though hidden, when its clock has jumped by more than browsers hold timers back", () => {
    page.show("hidden");
    sleep(60_000);
    expect(wakes).toBe(0);
    sleep(120_000);
    expect(wakes).toBe(1);
  });
});

test("nothing is told after the end of the watch", () => {
  stop();
  for (const type of ["online", "pageshow"]) scope.dispatchEvent(new Event(type));
  page.show("visible");
  sleep(120_000);
  expect(wakes).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("a worker has no page, and may have no events: its clock is watched", () => {
  stop();
  vi.stubGlobal("document", undefined);
  vi.stubGlobal("addEventListener", undefined);
  vi.stubGlobal("removeEventListener", undefined);
  stop = watchWake(() => wakes++);
  sleep(30_000);
  expect(wakes).toBe(1);
});
