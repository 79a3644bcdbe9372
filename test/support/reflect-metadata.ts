/**
 * The part of the `reflect-metadata` proposal that `@peculiar/x509` asks for when it is loaded: imported before it,
 * in place of one more dependency.
 */
type Metadata = Map<unknown, unknown>;

const ofTarget = new WeakMap<object, Metadata>();

function ownMetadata(key: unknown, target: object): unknown {
  return ofTarget.get(target)?.get(key);
}

function metadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (ofTarget.get(at)?.has(key) === true) return ownMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const known: Metadata = ofTarget.get(target) ?? new Map<unknown, unknown>();
  ofTarget.set(target, known.set(key, value));
}

if (!("getMetadata" in Reflect)) {
  Object.assign(Reflect, { getMetadata: metadata, getOwnMetadata: ownMetadata, defineMetadata });
}
