import { type Connection, isNatsError } from "natspeed";
import { element } from "./element.ts";

const SUBJECT = "demo.load";
const LOAD = 100_000;
const SAMPLES = 60;
const CHART_HEIGHT = 20;

const number = new Intl.NumberFormat("en");

interface Rates {
  readonly received: number;
  readonly sent: number;
}

/** Shows the counters of the connection once a second, as rates over the last minute too. */
export function showTraffic(nc: Connection): void {
  const history: Rates[] = [];
  let last = { at: performance.now(), ...nc.stats() };
  nc.on("reconnected", () => write("reconnects", nc.stats().reconnects));
  setInterval(() => {
    const now = { at: performance.now(), ...nc.stats() };
    const elapsed = (now.at - last.at) / 1000;
    const rates = {
      received: Math.round((now.inMessages - last.inMessages) / elapsed),
      sent: Math.round((now.outMessages - last.outMessages) / elapsed),
    };
    last = now;
    history.push(rates);
    if (history.length > SAMPLES) history.shift();
    write("rate-in", rates.received);
    write("rate-out", rates.sent);
    write("total-in", now.inMessages);
    write("total-out", now.outMessages);
    write("pending", nc.pendingBytes);
    draw(history);
    void showRoundTrip(nc);
  }, 1000);
}

/** The button that sends many messages to everyone here, this page included. */
export function offerLoad(nc: Connection): void {
  const button = element("load") as HTMLButtonElement;
  nc.subscribe(SUBJECT, { callback: () => {} });
  const send = async (): Promise<void> => {
    button.disabled = true;
    try {
      for (let i = 0; i < LOAD; i++) {
        nc.publish(SUBJECT, `message ${i}`);
        // Once in a while the page gets a turn, and the buffer a chance to empty.
        if (i % 1000 === 999) {
          await nc.ready();
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
    } finally {
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => void send());
}

async function showRoundTrip(nc: Connection): Promise<void> {
  if (nc.state !== "connected") {
    element("rtt").textContent = "–";
    return;
  }
  try {
    element("rtt").textContent = `${(await nc.rtt()).toFixed(1)} ms`;
  } catch (error) {
    if (!isNatsError(error)) throw error;
    element("rtt").textContent = "–";
  }
}

function write(id: string, value: number): void {
  element(id).textContent = number.format(value);
}

function draw(history: readonly Rates[]): void {
  const top = Math.max(10, ...history.flatMap(({ received, sent }) => [received, sent]));
  const path = (rate: (rates: Rates) => number): string =>
    history
      .map((rates, i) => {
        const x = SAMPLES - history.length + i;
        const y = CHART_HEIGHT - 1 - (rate(rates) / top) * (CHART_HEIGHT - 2);
        return `${i === 0 ? "M" : "L"}${x} ${y.toFixed(2)}`;
      })
      .join("");
  element("chart-in").setAttribute(
    "d",
    path((rates) => rates.received),
  );
  element("chart-out").setAttribute(
    "d",
    path((rates) => rates.sent),
  );
}
