import { shown } from "../../core/checks.ts";
import { invalidConfig } from "./invalid-config.ts";
import { type Kind, STRANGE } from "./kind.ts";

function checkText(value: unknown, at: string): string {
  if (typeof value !== "string") throw invalidConfig(at, `it must be a string, not ${shown(value)}`);
  return value;
}

export const text: Kind<string> = {
  write: checkText,
  read: (json, at) => checkText(json, at) || undefined,
};

function checkFlag(value: unknown, at: string): boolean {
  if (typeof value !== "boolean") throw invalidConfig(at, `it must be true or false, not ${shown(value)}`);
  return value;
}

export const flag: Kind<boolean> = { write: checkFlag, read: checkFlag };

/** One of the keys of `words`; its value is what travels. */
export function word<T extends string>(words: Readonly<Record<T, string>>): Kind<T> {
  const ours = Object.keys(words) as T[];
  return {
    write(value, at) {
      const known = ours.find((name) => name === value);
      if (known !== undefined) return words[known];
      throw invalidConfig(at, `it must be ${ours.map(shown).join(" or ")}, not ${shown(value)}`);
    },
    read(json, at) {
      const spelled = checkText(json, at);
      return spelled === "" ? undefined : (ours.find((name) => words[name] === spelled) ?? STRANGE);
    },
  };
}

// JS-CTX-11
/** What servers write into the metadata of what they keep, with each answer anew. */
const RESERVED = "_nats";
const SERVERS_OWN: readonly string[] = ["_nats.ver", "_nats.level", "_nats.req.level"];

/** Texts by name. What servers write there themselves is read, and may be given back: they write it anew. */
export const metadata: Kind<Readonly<Record<string, string>>> = {
  write(value, at) {
    const given = checkTexts(value, at);
    for (const name of Object.keys(given)) {
      if (!name.startsWith(RESERVED) || SERVERS_OWN.includes(name)) continue;
      throw invalidConfig(
        at,
        `${shown(name)} begins with "${RESERVED}", as only what the server writes itself does`,
      );
    }
    return given;
  },
  read(json, at) {
    const texts = Object.entries(checkTexts(json, at));
    const ours = texts.filter(([name]) => !name.startsWith(RESERVED) || SERVERS_OWN.includes(name));
    return ours.length === 0 ? undefined : Object.fromEntries(ours);
  },
};

/** Without what the server writes itself. */
export function ownMetadata(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith(RESERVED)));
}

function checkTexts(value: unknown, at: string): Record<string, string> {
  const texts = { ...checkObject(value, at) };
  for (const [name, each] of Object.entries(texts)) checkText(each, `${at}.${name}`);
  return texts as Record<string, string>;
}

export function checkObject(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw invalidConfig(at, `it must be an object, not ${shown(value)}`);
}

/** In this order. */
export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    ...(kind.unit === undefined ? {} : { unit: kind.unit }),
    write: (value, at) => checkList(value, at).map((item, i) => kind.write(item, `${at}[${i}]`)),
    read(json, at) {
      const items = checkList(json, at).map((item, i) => kind.read(item, `${at}[${i}]`));
      if (items.includes(STRANGE)) return STRANGE;
      const known = items.filter((item) => item !== undefined) as T[];
      return known.length === 0 ? undefined : known;
    },
  };
}

function checkList(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidConfig(at, `it must be a list, not ${shown(value)}`);
}
