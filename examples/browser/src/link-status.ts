// The state of the connection, in words, and the list of what happened to it.
import type { Connection, ConnectionState } from "natspeed";
import { element, newElement } from "./element.ts";

const EVENTS_KEPT = 50;

const pill = element("link");
const events = element("events");

/** Shows the state from now on. */
export function showLinkStatus(nc: Connection): void {
  let lostAt = performance.now();
  let retryAt = 0;
  let attempt = 0;
  const show = (): void => {
    const text = describe(nc, attempt, retryAt - performance.now());
    pill.dataset["state"] = nc.state;
    // A status that is set again is read out again, so only when it has changed.
    if (pill.textContent !== text) pill.textContent = text;
  };
  nc.on("disconnected", ({ error }) => {
    lostAt = performance.now();
    attempt = 0;
    note(`connection lost: ${error.message}`);
    show();
  });
  nc.on("reconnecting", (event) => {
    attempt = event.attempt;
    retryAt = performance.now() + event.delay;
    note(`attempt ${attempt} ${event.delay === 0 ? "at once" : `in ${seconds(event.delay)}`}`);
    show();
  });
  nc.on("reconnected", ({ replayed }) => {
    note(
      `connected again after ${seconds(performance.now() - lostAt)}; ${replayed === 1 ? "1 message" : `${replayed} messages`} replayed`,
    );
    show();
  });
  nc.on("error", ({ error }) => note(error.message));
  nc.on("closed", ({ error }) => {
    note(error === undefined ? "closed" : `closed: ${error.message}`);
    show();
  });
  addEventListener("offline", () => {
    note("the browser is offline");
    show();
  });
  addEventListener("online", () => {
    note("the browser is online");
    show();
  });
  if (nc.state === "connected") note("connected");
  show();
  setInterval(show, 200);
}

function describe(nc: Connection, attempt: number, wait: number): string {
  const words: Record<ConnectionState, string> = {
    connecting: "Connecting …",
    connected: `Connected to ${nc.server}`,
    reconnecting: `Reconnecting: attempt ${attempt}${wait > 0 ? ` in ${seconds(wait)}` : " …"}`,
    draining: "Leaving …",
    closed: "Closed",
  };
  // The link may well work: a server on this machine needs no network.
  return navigator.onLine ? words[nc.state] : `${words[nc.state]} (browser offline)`;
}

function note(text: string): void {
  const item = document.createElement("li");
  item.append(newElement("time", new Date().toLocaleTimeString("en-GB")), text);
  events.prepend(item);
  while (events.children.length > EVENTS_KEPT) events.lastElementChild?.remove();
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
