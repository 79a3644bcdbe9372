import { JetStreamError } from "../errors.ts";

/** An answer that can't be read, and why; `subject` is what was asked. */
export function invalidResponse(subject: string, reason: string, cause?: unknown): JetStreamError {
  return new JetStreamError("INVALID_RESPONSE", `the answer to "${subject}" can't be read: ${reason}`, {
    subject,
    cause,
  });
}

/** Reads the fields of an object in an answer, each as what it must be. Throws `INVALID_RESPONSE`, naming the field. */
export class AnswerFields {
  readonly #subject: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #within: string;

  constructor(subject: string, value: unknown, within = "") {
    this.#subject = subject;
    this.#within = within;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw this.#wrong("", "an object");
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  #wrong(name: string, wanted: string): JetStreamError {
    const path = this.#pathOf(name);
    return invalidResponse(this.#subject, path === "" ? `it is not ${wanted}` : `"${path}" is not ${wanted}`);
  }

  #pathOf(name: string): string {
    return [this.#within, name].filter((part) => part !== "").join(".");
  }

  /** A whole number from 0 on that a `number` holds exactly; 0 if it is left out. */
  count(name: string): number {
    const value = this.#fields[name] ?? 0;
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw this.#wrong(name, "a whole number from 0 to 2^53 - 1");
  }

  /** A number of which -1 means that there is no limit; `Infinity` then. */
  limit(name: string): number {
    return this.#fields[name] === -1 ? Infinity : this.count(name);
  }

  flag(name: string): boolean {
    const value = this.#fields[name] ?? false;
    if (typeof value === "boolean") return value;
    throw this.#wrong(name, "true or false");
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.#wrong(name, "a text");
    return value;
  }

  /** Undefined if it is left out or empty. */
  optionalText(name: string): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === "") return undefined;
    if (typeof value === "string") return value;
    throw this.#wrong(name, "a text");
  }

  time(name: string): Date {
    const time = new Date(this.text(name));
    if (Number.isNaN(time.getTime())) throw this.#wrong(name, "a time");
    return time;
  }

  /** The fields of an object within; of an empty one if it is left out. */
  object(name: string): AnswerFields {
    return new AnswerFields(this.#subject, this.#fields[name] ?? {}, this.#pathOf(name));
  }

  /** The objects of a list; none if it is left out. */
  objects(name: string): readonly AnswerFields[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, "a list");
    return value.map(
      (item: unknown, at) => new AnswerFields(this.#subject, item, `${this.#pathOf(name)}[${at}]`),
    );
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#fields[name];
    if (allowed.includes(value as T)) return value as T;
    throw this.#wrong(name, allowed.join(" or "));
  }

  get names(): readonly string[] {
    return Object.keys(this.#fields);
  }
}
