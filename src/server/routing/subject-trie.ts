interface Node<T> {
  /** By the next token, wildcards included under their own letters. */
  readonly children: Map<string, Node<T>>;
  /** What is kept for the subject that ends here. */
  readonly values: Set<T>;
}

function newNode<T>(): Node<T> {
  return { children: new Map(), values: new Set() };
}

/** Values by subject. Subjects may have wildcards. */
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
    // Removes nodes that are empty now, the last one first, so that subjects that come and go leave nothing behind.
    for (let depth = tokens.length; depth > 0; depth--) {
      const node = path[depth]!;
      if (node.values.size > 0 || node.children.size > 0) return;
      path[depth - 1]!.children.delete(tokens[depth - 1]!);
    }
  }

  /**
   * The values whose subject covers this one. A wildcard in the argument counts as a token that only wildcards cover, so
   * `a.*` covers `a.>` (as in nats-server 2.15). Nothing covers a subject with an empty token.
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

// A subject may have thousands of tokens and of values: hence no recursion per token, and no spread of the values.
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
