import type { Connection } from "natspeed";
import { element, newElement } from "./element.ts";

const SUBJECT = "demo.chat";
const LINES_KEPT = 200;

interface ChatMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

/** Shows what everyone says, and lets this person say something. */
export function showChat(nc: Connection, name: () => string): Chat {
  return new Chat(nc, name);
}

/**
 * The messages, and the form that sends them. A message of one's own is shown at once, and as sent only when it has come
 * back from the server: core NATS delivers at most once, and what was under way when a link broke may be lost.
 */
class Chat {
  readonly #nc: Connection;
  readonly #log = element("log");
  readonly #unconfirmed = new Map<string, HTMLElement>();

  constructor(nc: Connection, name: () => string) {
    this.#nc = nc;
    nc.subscribe(SUBJECT, { callback: (m) => this.#onMessage(m.json<ChatMessage>()) });
    nc.on("reconnected", () => this.#review());
    const text = element("text") as HTMLInputElement;
    element("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send({ id: crypto.randomUUID(), from: name(), text: text.value });
      text.value = "";
      text.focus();
    });
  }

  #send(message: ChatMessage): void {
    const line = this.#addLine(message, "own");
    this.#unconfirmed.set(message.id, line);
    setFate(line, "waiting", this.#nc.state === "connected" ? "" : "waits for the connection");
    try {
      this.#nc.publish(SUBJECT, JSON.stringify(message));
    } catch (error) {
      this.#unconfirmed.delete(message.id);
      setFate(line, "unconfirmed", `not sent: ${String(error)}`);
    }
  }

  #onMessage(message: ChatMessage): void {
    const own = this.#unconfirmed.get(message.id);
    if (own === undefined) {
      this.#addLine(message, "other");
      return;
    }
    this.#unconfirmed.delete(message.id);
    setFate(own, "sent", "");
  }

  /** Once a flush is through, all that was replayed has come back; what has not was lost with the former link. */
  async #review(): Promise<void> {
    const before = [...this.#unconfirmed];
    try {
      await this.#nc.flush();
    } catch {
      // The link is lost again: the next one brings the next review.
      return;
    }
    for (const [id, line] of before) {
      if (this.#unconfirmed.has(id)) setFate(line, "unconfirmed", "may be lost");
    }
  }

  #addLine({ from, text }: ChatMessage, whose: "own" | "other"): HTMLElement {
    const line = document.createElement("li");
    line.className = whose;
    line.append(newElement("b", from), newElement("span", text), newElement("small", ""));
    this.#log.append(line);
    while (this.#log.children.length > LINES_KEPT) this.#log.firstElementChild?.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
    return line;
  }
}

function setFate(line: HTMLElement, fate: "waiting" | "sent" | "unconfirmed", words: string): void {
  line.dataset["fate"] = fate;
  line.lastElementChild!.textContent = words;
}
