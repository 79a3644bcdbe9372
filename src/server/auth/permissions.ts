import { SubjectTrie } from "../routing/subject-trie.ts";
import { toByteString } from "../protocol/bytes.ts";

/** A subject that is allowed; a list of them, which may not be empty; or subjects that are allowed and exceptions to them. */
export type Allow =
  | string
  | readonly string[]
  | { readonly allow?: readonly string[]; readonly deny?: readonly string[] };

/** What a user may do. What is left out is allowed. */
export interface PermissionOptions {
  /** Subjects that it may publish to. */
  readonly publish?: Allow;
  /** Subjects that it may subscribe to; `"subject queue"` names those of a queue group. */
  readonly subscribe?: Allow;
  /**
   * Lets the user publish to the reply subject of each message that it gets, and to nothing else unless {@link publish}
   * allows it. `max` says how often (default 1, also for 0; -1 for no limit), `expires` for how many milliseconds (default
   * 120000, also for 0). `true` means the defaults.
   */
  readonly allowResponses?: boolean | { readonly max?: number; readonly expires?: number };
}

/** How often and how long a reply may be given. */
export interface ResponseRule {
  readonly max: number;
  readonly expires: number;
}

const DEFAULT_RESPONSES: ResponseRule = { max: 1, expires: 120_000 };

/** Decisions that are remembered. */
const CACHE_SIZE = 1024;

/** The queue groups of an entry; undefined for one without. */
interface Entry {
  readonly queue: string | undefined;
}

class Entries {
  readonly #trie = new SubjectTrie<Entry>();

  constructor(subjects: readonly string[]) {
    for (const text of subjects) {
      const [subject, queue] = toByteString(text).trim().split(/\s+/);
      this.#trie.add(subject!, { queue });
    }
  }

  covers(subject: string): boolean {
    return this.#trie.match(subject).some(({ queue }) => queue === undefined);
  }

  /** The queue names that are given for a subject. */
  queues(subject: string): string[] {
    return this.#trie.match(subject).flatMap(({ queue }) => (queue === undefined ? [] : [queue]));
  }
}

interface Rules {
  readonly allow: Entries | undefined;
  readonly deny: Entries | undefined;
}

/** What a user may do, and the reply subjects that it has been given. */
export class Permissions {
  readonly options: PermissionOptions;
  readonly responses: ResponseRule | undefined;
  readonly #publish: Rules;
  readonly #subscribe: Rules;
  readonly #cache = new Map<string, boolean>();

  constructor(options: PermissionOptions) {
    this.options = options;
    this.responses = responseRule(options.allowResponses);
    // Whoever may only respond may publish nothing else (nats-server 2.15).
    const publish = rules(options.publish);
    const onlyResponds = this.responses !== undefined && publish.allow === undefined;
    this.#publish = onlyResponds ? { ...publish, allow: new Entries([]) } : publish;
    this.#subscribe = rules(options.subscribe);
  }

  /** Whether something is denied of what is subscribed to. */
  get deniesDelivery(): boolean {
    return this.#subscribe.deny !== undefined;
  }

  canPublish(subject: string): boolean {
    const cached = this.#cache.get(subject);
    if (cached !== undefined) return cached;
    const { allow, deny } = this.#publish;
    const isAllowed = allow?.covers(subject) !== false && deny?.covers(subject) !== true;
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
    this.#cache.set(subject, isAllowed);
    return isAllowed;
  }

  canSubscribe(subject: string, queue: string | undefined): boolean {
    const { allow, deny } = this.#subscribe;
    return isAllowedBy(allow, subject, queue) && !isDeniedBy(deny, subject, queue);
  }

  /** Whether a message that a wider subscription covers is kept from the user. */
  isDenied(subject: string, queue: string | undefined): boolean {
    return isDeniedBy(this.#subscribe.deny, subject, queue);
  }
}

function isAllowedBy(allow: Entries | undefined, subject: string, queue: string | undefined): boolean {
  if (allow === undefined) return true;
  const queues = queue === undefined ? [] : allow.queues(subject);
  // Where queue names are given they decide.
  return queues.length > 0 ? queues.some((pattern) => covers(pattern, queue!)) : allow.covers(subject);
}

function isDeniedBy(deny: Entries | undefined, subject: string, queue: string | undefined): boolean {
  if (deny === undefined) return false;
  if (deny.covers(subject)) return true;
  return queue !== undefined && deny.queues(subject).some((pattern) => covers(pattern, queue));
}

/** Whether a queue name is one of those that a pattern stands for. */
function covers(pattern: string, queue: string): boolean {
  if (pattern === queue || pattern === ">") return true;
  const patterns = pattern.split(".");
  const tokens = queue.split(".");
  for (const [i, token] of patterns.entries()) {
    if (token === ">") return tokens.length > i;
    if (token !== "*" && token !== tokens[i]) return false;
    if (tokens[i] === ">") return false;
  }
  return patterns.length === tokens.length;
}

/** In the long form. */
export function listsOf(allow: Allow): { allow?: readonly string[]; deny?: readonly string[] } {
  if (typeof allow === "string") return { allow: [allow] };
  return isList(allow) ? { allow } : allow;
}

function isList(allow: Exclude<Allow, string>): allow is readonly string[] {
  return Array.isArray(allow);
}

function rules(allow: Allow | undefined): Rules {
  if (allow === undefined) return { allow: undefined, deny: undefined };
  const { allow: allowed, deny } = listsOf(allow);
  return {
    allow: allowed === undefined ? undefined : new Entries(allowed),
    deny: deny === undefined ? undefined : new Entries(deny),
  };
}

function responseRule(option: PermissionOptions["allowResponses"]): ResponseRule | undefined {
  if (option === undefined || option === false) return undefined;
  const { max = 0, expires = 0 } = option === true ? {} : option;
  // As in nats-server, none is the usual one.
  return {
    max: max === 0 ? DEFAULT_RESPONSES.max : max,
    expires: expires === 0 ? DEFAULT_RESPONSES.expires : expires,
  };
}
