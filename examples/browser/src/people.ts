import { type Connection, isNatsError } from "natspeed";
import { element, newElement } from "./element.ts";

const SUBJECT = "demo.who";
const ASK_EVERY = 2000;

/** Shows who is here: everyone who answers one question, asked again and again. There is no list to keep. */
export function showPeople(nc: Connection, name: () => string): void {
  const list = element("people");
  nc.subscribe(SUBJECT, { callback: (m) => m.respond(name()) });

  const ask = async (): Promise<void> => {
    const names: string[] = [];
    for await (const answer of nc.requestMany(SUBJECT, undefined, { maxWait: 1000, stall: 200 })) {
      names.push(answer.string());
    }
    list.replaceChildren(...names.toSorted().map((one) => newElement("li", one)));
  };

  const askWhileConnected = async (): Promise<void> => {
    while (nc.state !== "closed") {
      try {
        if (nc.state === "connected") await ask();
        // Nobody can know who is there while there is no server to ask.
        else list.replaceChildren(newElement("li", "unknown while disconnected"));
      } catch (error) {
        if (!isNatsError(error)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, nc.state === "connected" ? ASK_EVERY : 250));
    }
  };
  void askWhileConnected();
}
