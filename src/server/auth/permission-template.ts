import { isSubscribable } from "../protocol/subject.ts";
import type { PermissionClaims, SubjectLists } from "./claims.ts";

/** What the functions in a scope's subjects stand for. */
export interface TemplateFacts {
  readonly userName: string;
  readonly userKey: string;
  readonly userTags: readonly string[];
  readonly accountName: string;
  readonly accountKey: string;
  readonly accountTags: readonly string[];
}

/** Subjects that one list may come to, as in nats-server: tags multiply each other. */
const MAX_SUBJECTS = 4096;

// {{name()}} {{subject()}} {{tag(team)}} {{account-name()}} {{account-subject()}} {{account-tag(team)}}
const FUNCTION = /\{\{[^}]+\}\}/g;

/**
 * Permissions with the functions in their subjects replaced. Undefined, and the user is to be refused, for a function
 * that nobody knows, for too many subjects, and for something to deny that can't be said: it would be allowed.
 */
export function fillTemplate(
  { pub, sub, resp }: PermissionClaims,
  facts: TemplateFacts,
): PermissionClaims | undefined {
  const publish = fillLists(pub ?? {}, facts);
  const subscribe = fillLists(sub ?? {}, facts);
  if (publish === undefined || subscribe === undefined) return undefined;
  return { pub: publish, sub: subscribe, ...(resp === undefined ? {} : { resp }) };
}

function fillLists(lists: SubjectLists, facts: TemplateFacts): SubjectLists | undefined {
  const allowed = lists.allow ?? [];
  const allow = fill(allowed, facts, false);
  const deny = fill(lists.deny ?? [], facts, true);
  if (allow === undefined || deny === undefined) return undefined;
  if (allowed.length === 0) return { deny };
  // A list that has come to nothing allowed something, and must not become one that allows everything.
  return { allow, deny: allow.length === 0 ? [...deny, ">"] : deny };
}

function fill(
  subjects: readonly string[],
  facts: TemplateFacts,
  isDeny: boolean,
): readonly string[] | undefined {
  if (subjects.every((subject) => subject.match(FUNCTION) === null)) return subjects;
  const filled: string[] = [];
  for (const subject of subjects) {
    const functions = subject.match(FUNCTION) ?? [];
    const values: (readonly string[])[] = [];
    for (const one of functions) {
      const found = valuesOf(one.slice(2, -2).trim(), facts);
      if (found === undefined || (isDeny && found.length === 0)) return undefined;
      values.push(found);
    }
    const count = values.reduce((product, { length }) => product * length, 1);
    if (filled.length + count > MAX_SUBJECTS) return undefined;
    for (const choice of choicesOf(values)) {
      const one = functions.reduce((text, name, i) => text.replaceAll(name, () => choice[i]!), subject);
      if (isSubscribable(one) && !/\s/.test(one)) filled.push(one);
      else if (isDeny) return undefined;
    }
  }
  return filled;
}

/** What a function stands for, which with tags is any number of values; undefined for one that there isn't. */
function valuesOf(call: string, facts: TemplateFacts): readonly string[] | undefined {
  switch (call.toLowerCase()) {
    case "name()":
      return [facts.userName];
    case "subject()":
      return [facts.userKey];
    case "account-name()":
      return [facts.accountName];
    case "account-subject()":
      return [facts.accountKey];
  }
  const [, owner, tag] = /^(account-)?tag\((.*)\)$/i.exec(call) ?? [];
  if (tag === undefined) return undefined;
  const prefix = `${tag.toLowerCase()}:`;
  const tags = owner === undefined ? facts.userTags : facts.accountTags;
  return tags.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
}

/** Each way to take one of each. */
function choicesOf(values: readonly (readonly string[])[]): string[][] {
  return values.reduce<string[][]>(
    (choices, some) => choices.flatMap((choice) => some.map((one) => [...choice, one])),
    [[]],
  );
}
