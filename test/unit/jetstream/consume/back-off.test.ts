import { expect, it } from "vitest";
import { BackOff } from "../../../../src/jetstream/consume/engine/back-off.ts";

function pauses(random: number, count: number): number[] {
  const backOff = new BackOff({ least: 50, most: 10_000, random: () => random });
  let at = 0;
  return Array.from({ length: count }, () => {
    backOff.failed(at);
    const pause = backOff.until - at;
    at = backOff.until;
    return pause;
  });
}

it("[JS-PULL-09] pauses double, up to the most, and half of each is certain", () => {
  expect(pauses(0, 10)).toEqual([25, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(pauses(1, 3)).toEqual([50, 100, 200]);
});

it("[JS-PULL-09] a success makes the next failure the first one", () => {
  const backOff = new BackOff({ least: 50, most: 10_000, random: () => 1 });
  backOff.failed(0);
  backOff.failed(0);
  expect(backOff.until).toBe(100);
  backOff.succeeded();
  backOff.failed(1000);
  expect(backOff.until).toBe(1050);
  backOff.endPause();
  expect(backOff.until).toBe(-Infinity);
});

it("[JS-PULL-09] a failure in the midst of a pause does not end it sooner", () => {
  const luck = [1, 0];
  const backOff = new BackOff({ least: 1000, most: 1000, random: () => luck.shift()! });
  backOff.failed(0);
  expect(backOff.until).toBe(1000);
  backOff.failed(10);
  expect(backOff.until).toBe(1000);
});

it("[JS-PULL-09] a pause has a certain part on top where a server says so", () => {
  const backOff = new BackOff({ least: 50, most: 50, random: () => 0 });
  backOff.failed(0, 100);
  expect(backOff.until).toBe(125);
});

it("[JS-PULL-09] a pause without a failure makes the next one no longer", () => {
  const backOff = new BackOff({ least: 50, most: 10_000, random: () => 1 });
  for (let at = 0; at < 500; at += 100) {
    backOff.pause(at);
    expect(backOff.until).toBe(at + 50);
  }
});
