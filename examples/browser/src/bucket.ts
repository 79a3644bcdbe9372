import { type Connection, isNatsError } from "natspeed";
import { type Entry, kv, type View } from "natspeed/kv";
import { element, newElement } from "./element.ts";

const BUCKET = "demo";
const TRY_AGAIN = 1000;

/** Shows a bucket as it is, and as it changes: a view of it is the model, and every tab has the same. */
export function showBucket(nc: Connection): void {
  void follow(nc);
}

async function follow(nc: Connection): Promise<void> {
  const rows = element("bucket-rows");
  while (nc.state !== "closed") {
    try {
      const bucket = await kv(nc).createOrUpdate(BUCKET, { description: "The demo of the browser" });
      const forget = listen({
        put: (key, value) => bucket.put(key, value),
        remove: (key) => bucket.delete(key),
      });
      try {
        await using view = await bucket.view();
        await show(rows, view);
      } finally {
        forget();
      }
    } catch (error) {
      if (!isNatsError(error)) throw error;
      say(`The bucket can't be shown: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN));
    }
  }
}

/** Draws what is there, then each change. Ends with the view. */
async function show(rows: HTMLElement, view: View): Promise<void> {
  const changes = view.changes();
  rows.replaceChildren();
  for (const entry of view) draw(rows, entry);
  tellSize(view);
  for await (const { entry } of changes) {
    if (entry.type === "put") draw(rows, entry).dataset["changed"] = "yes";
    else rowOf(rows, entry.key)?.remove();
    tellSize(view);
  }
}

function tellSize({ size }: View): void {
  say(`${size} ${size === 1 ? "key" : "keys"}, live in every tab`);
}

function rowOf(rows: HTMLElement, key: string): HTMLElement | undefined {
  return [...rows.querySelectorAll<HTMLElement>("tr")].find((row) => row.dataset["key"] === key);
}

/** In the order of the keys. */
function draw(rows: HTMLElement, entry: Entry): HTMLElement {
  const row = document.createElement("tr");
  row.dataset["key"] = entry.key;
  const remove = newElement("button", "×");
  remove.ariaLabel = `delete ${entry.key}`;
  const last = newElement("td", "");
  last.append(remove);
  row.append(
    newElement("th", entry.key),
    newElement("td", entry.string()),
    newElement("td", `${entry.revision}`),
    last,
  );
  rowOf(rows, entry.key)?.remove();
  const next = [...rows.querySelectorAll<HTMLElement>("tr")].find((one) => one.dataset["key"]! > entry.key);
  rows.insertBefore(row, next ?? null);
  return row;
}

interface Actions {
  readonly put: (key: string, value: string) => Promise<unknown>;
  readonly remove: (key: string) => Promise<unknown>;
}

/** Has the form and the buttons of the rows do what they say; returns what ends that. */
function listen({ put, remove }: Actions): () => void {
  const end = new AbortController();
  const form = element("bucket-form") as HTMLFormElement;
  const [key, value] = ["bucket-key", "bucket-value"].map((id) => element(id) as HTMLInputElement);
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const given = value!.value;
    // What was typed while the server had not answered stays.
    const clear = (): void => {
      if (value!.value === given) value!.value = "";
    };
    void put(key!.value, given).then(clear, tellFailure);
  };
  const onClick = ({ target }: Event): void => {
    if (!(target instanceof HTMLButtonElement)) return;
    const removed = target.closest("tr")?.dataset["key"];
    if (removed !== undefined) void remove(removed).catch(tellFailure);
  };
  form.addEventListener("submit", onSubmit, { signal: end.signal });
  element("bucket-rows").addEventListener("click", onClick, { signal: end.signal });
  return () => end.abort();
}

function tellFailure(error: unknown): void {
  say(error instanceof Error ? error.message : String(error));
}

function say(text: string): void {
  element("bucket-hint").textContent = text;
}
