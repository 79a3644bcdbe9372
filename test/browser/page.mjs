// What a person sees of examples/browser, in two tabs, while the server and the network come and go.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CHROMIUM_FLAGS } from "../../scripts/find-browser.mjs";
import { Tab } from "./tab.mjs";

/** @import { RunningServer } from "../../scripts/nats-server.mjs" */

const SCREENSHOTS = fileURLToPath(new URL("../../.cache/browser/", import.meta.url));

/**
 * Prints what passed and what failed, and resolves to whether all passed.
 *
 * @param {{ url: string, server: RunningServer, playwright: any, chromium: string }} place
 */
export async function checkPage({ url, server, playwright, chromium }) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: CHROMIUM_FLAGS });
  try {
    console.log(`Using Chromium ${browser.version()}`);
    const viewport = { width: 1100, height: 860 };
    const context = await browser.newContext({ viewport, colorScheme: "light" });
    const ada = await Tab.open(context, `${url}&name=Ada`);
    const ben = await Tab.open(context, `${url}&name=Ben`);
    return await runAll(checks({ ada, ben, context, server }));
  } finally {
    await browser.close();
  }
}

/** @param {Record<string, () => Promise<void>>} steps */
async function runAll(steps) {
  let failed = 0;
  for (const [title, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`  passed: ${title}`);
    } catch (error) {
      failed++;
      console.log(`  FAILED: ${title}\n${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  console.log(`${Object.keys(steps).length - failed} passed, ${failed} failed`);
  return failed === 0;
}

/**
 * In this order: each goes on from where the one before has left the tabs.
 *
 * @param {{ ada: Tab, ben: Tab, context: any, server: RunningServer }} stage
 * @returns {Record<string, () => Promise<void>>}
 */
function checks({ ada, ben, context, server }) {
  return {
    "both tabs connect and see each other": async () => {
      for (const tab of [ada, ben]) {
        await tab.untilState("connected");
        await tab.until("#people", /Ada\s*Ben/);
      }
    },
    "two tabs chat": async () => {
      await ada.say("Hello, is anybody here?");
      await ben.until("#log", /Ada\s*Hello, is anybody here\?/);
      await ben.say("<b>Yes</b>, across a WebSocket: æøå €");
      await ada.until("#log", /Ben\s*<b>Yes<\/b>, across a WebSocket: æøå €/);
      await ada.untilAllSent();
      await ben.untilAllSent();
    },
    "both see a bucket, and what changes in it": async () => {
      await ada.put("colour", "green");
      await ada.put("size", "<i>large</i>");
      for (const tab of [ada, ben]) await tab.until("#bucket-rows", /colour\s*green.*size\s*<i>large<\/i>/);
      await ben.put("colour", "blue");
      await ada.until("#bucket-rows", /colour\s*blue/);
      await ada.click(`#bucket-rows button[aria-label="delete size"]`);
      for (const tab of [ada, ben]) await tab.until("#bucket-hint", /^1 key,/);
      await ada.put("not a key", "x");
      await ada.until("#bucket-hint", /not a key/);
    },
    "a load of 100,000 messages reaches both, all of them": async () => {
      await ada.click("#load");
      for (const tab of [ada, ben]) {
        await tab.untilTrue(
          `Number(document.querySelector("#total-in").textContent.replaceAll(",", "")) >= 100000`,
        );
      }
      await ada.untilState("connected");
    },
    "a killed server is shown, and what is said meanwhile waits": async () => {
      ada.expectFailedDials();
      ben.expectFailedDials();
      await server.kill();
      await ada.untilState("reconnecting");
      await ben.untilState("reconnecting");
      await ada.until("#link", /Reconnecting: attempt \d+/);
      await ada.until("#people", /unknown while disconnected/);
      await ada.say("Said while the server was away.");
      await ada.until("#log", /waits for the connection/);
      await ada.untilTrue(`document.querySelector("#log li[data-fate=waiting]") !== null`);
      await ada.screenshot(`${SCREENSHOTS}page-reconnecting.png`);
    },
    "the page recovers by itself, says so, and delivers what waited": async () => {
      await server.restart();
      for (const tab of [ada, ben]) {
        await tab.untilState("connected");
        await tab.until("#events", /connected again after \d+\.\d s/);
        await tab.until("#reconnects", /^1$/);
      }
      // What was said, and what the page itself asked for meanwhile.
      await ada.until("#events", /[1-9]\d* messages? replayed/);
      await ada.untilAllSent();
      await ada.until("#people", /Ada\s*Ben/);
    },
    "the bucket is live again": async () => {
      await ben.put("colour", "red");
      await ada.until("#bucket-rows", /colour\s*red/);
    },
    "offline is shown": async () => {
      await context.setOffline(true);
      await ada.until("#link", /browser offline/);
      console.log(`    the link says: "${await ada.text("#link")}"`);
    },
    "online again, it does not wait for the end of the pause": async () => {
      await server.kill();
      await ada.untilState("reconnecting");
      await ada.untilTrue(`${announcedPause} > 2.5`);
      await server.restart();
      const pause = await ada.evaluate(announcedPause);
      assert.ok(pause > 0.5, `the pause was over before the network was back: ${pause} s`);
      const attempt = await ada.text("#link");
      const since = performance.now();
      await context.setOffline(false);
      await ada.untilState("connected");
      const took = (performance.now() - since) / 1000;
      console.log(`    "${attempt}" ended ${took.toFixed(2)} s after the network was back`);
      assert.ok(took < pause, `connected after ${took} s; ${pause} s of the pause were left`);
      await ben.untilState("connected");
    },
    "a link that died in silence is found out when the network is back": async () => {
      await context.setOffline(true);
      await ada.until("#link", /browser offline/);
      await server.freeze();
      try {
        await context.setOffline(false);
        // Without the probe the keep-alive would take a minute or more, which is longer than a check waits.
        await ada.untilState("reconnecting");
      } finally {
        server.thaw();
      }
      await ada.untilState("connected");
      await ben.untilState("connected");
    },
    "a link that died in silence is found out when the page is shown": async () => {
      await server.freeze();
      try {
        await ada.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`);
        // As above: nothing else would find out in time.
        await ada.untilState("reconnecting");
      } finally {
        server.thaw();
      }
      await ada.untilState("connected");
      await ben.untilState("connected");
    },
    "they go on chatting": async () => {
      await ben.say("That was quick.");
      await ada.until("#log", /That was quick\./);
      await ada.until("#people", /Ada\s*Ben/);
      await ben.untilAllSent();
    },
    "screenshots: light, dark and narrow": async () => {
      await ada.screenshot(`${SCREENSHOTS}page.png`);
      await ada.emulate({ colorScheme: "dark" });
      await ada.screenshot(`${SCREENSHOTS}page-dark.png`);
      await ada.resize({ width: 390, height: 844 });
      assert.equal(await ada.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
      await ada.screenshot(`${SCREENSHOTS}page-narrow.png`);
    },
    "no error on the console but the failed dials of the outages": async () => {
      assert.deepEqual([...ada.unexpected, ...ben.unexpected], []);
    },
  };
}

/** The seconds that the page says it will wait, as an expression for the page. */
const announcedPause = `Number(/in ([\\d.]+) s/.exec(document.querySelector("#link").textContent)?.[1] ?? 0)`;
