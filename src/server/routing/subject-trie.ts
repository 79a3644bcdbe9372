interface Node<T> {
  /** By the next token, wildcards included under their own letters. */
  readonly children: Map<string, Node<T>>;
  /** What is kept for the subject that ends here. */
  readonly values: Set<T>;
}

function newNode<T>(): Node<T> {
  return { children: new Map(), values: new Set() };
}

/** Values by subject; a subject may have wildcards, and finds what overlaps the literal subjects that it stands for. */
export class SubjectTrie<T> {
  #root: Node<T> = newNode();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(subject: string, value: T): void {
    let node = this.#root;
    for (const token of subject.split(".")) {
      let next = node.children.get(token);
      if (next === undefined) {
        next = newNode();
        node.children.set(token, next);
      }
      node = next;
    }
    if (!node.values.has(value)) this.#size++;
    node.values.add(value);
  }

  remove(subject: string, value: T): void {
    const tokens = subject.split(".");
    const path = [this.#root];
    for (const token of tokens) {
      const next = path.at(-1)!.children.get(token);
      if (next === undefined) return;
      path.push(next);
    }
    if (path.at(-1)!.values.delete(value)) this.#size--;
    // What is empty now is taken away from the end on, so that subjects that come and go leave nothing behind.
    for (let depth = tokens.length; depth > 0; depth--) {
      const node = path[depth]!;
      if (node.values.size > 0 || node.children.size > 0) return;
      path[depth - 1]!.children.delete(tokens[depth - 1]!);
    }
  }

  /**
   * The values whose subject covers this one. Wildcards in the argument are tokens like any other, which only wildcards
   * cover; so `a.>` is covered by `a.*` (nats-server 2.15). A subject with an empty token is covered by nothing.
   */
  match(subject: string): T[] {
    const tokens = subject.split(".");
    return tokens.includes("") ? [] : collect(this.#root, tokens);
  }

  clear(): void {
    this.#root = newNode();
    this.#size = 0;
  }
}

/** A place in the trie that tokens up to a depth have led to. */
interface Place<T> {
  readonly node: Node<T>;
  readonly depth: number;
}

// A subject may have thousands of tokens, and as many values: neither may take a call, or an argument, each.
function collect<T>(root: Node<T>, tokens: readonly string[]): T[] {
  const found: T[] = [];
  const places: Place<T>[] = [{ node: root, depth: 0 }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { node, depth } = place;
    if (depth === tokens.length) {
      for (const value of node.values) found.push(value);
      continue;
    }
    const token = tokens[depth]!;
    if (token !== "*" && token !== ">") follow(places, node.children.get(token), depth);
    follow(places, node.children.get("*"), depth);
    for (const value of node.children.get(">")?.values ?? []) found.push(value);
  }
  return found;
}

function follow<T>(places: Place<T>[], node: Node<T> | undefined, depth: number): void {
  if (node !== undefined) places.push({ node, depth: depth + 1 });
}
