/** A value of a configuration file. */
/** @typedef {string | number | boolean | Value[] | { [key: string]: Value }} Value */

/** What numbers may be followed by: sizes in bytes, times in milliseconds. */
const SUFFIXES = new Map([
  ["k", 1000],
  ["kb", 1024],
  ["m", 1_000_000],
  ["mb", 1024 * 1024],
  ["ms", 1],
  ["s", 1000],
]);

/**
 * Reads the part of nats-server's configuration format that the tests use: maps, lists, strings, numbers with their
 * suffix, booleans, comments.
 *
 * @param {string} text
 * @returns {{ [key: string]: Value }}
 */
export function readConfiguration(text) {
  const tokens = tokenize(text);
  const map = readMap(tokens);
  if (tokens.length > 0) throw new Error(`unexpected ${tokens[0]}`);
  return map;
}

/** @param {string} text */
function tokenize(text) {
  const pattern = /(?:#|\/\/)[^\n]*|"[^"]*"|'[^']*'|[{}[\],:=\n]|[^\s{}[\],=#:][^\s{}[\],]*/g;
  return (text.match(pattern) ?? []).filter((token) => !/^(?:#|\/\/|\n)/.test(token));
}

/** @param {string[]} tokens */
function readMap(tokens) {
  /** @type {{ [key: string]: Value }} */
  const map = {};
  while (tokens.length > 0 && tokens[0] !== "}") {
    if (tokens[0] === ",") {
      tokens.shift();
      continue;
    }
    // `key:` is one token where the value follows after a space.
    const key = unquoted(/** @type {string} */ (tokens.shift())).replace(/:$/, "");
    if (tokens[0] === ":" || tokens[0] === "=") tokens.shift();
    map[key] = readValue(tokens);
  }
  return map;
}

/**
 * @param {string[]} tokens
 * @returns {Value}
 */
function readValue(tokens) {
  const token = tokens.shift();
  if (token === undefined) throw new Error("a value is missing");
  if (token === "{") {
    const map = readMap(tokens);
    tokens.shift();
    return map;
  }
  if (token === "[") {
    const list = [];
    while (tokens.length > 0 && tokens[0] !== "]") {
      if (tokens[0] === ",") tokens.shift();
      else list.push(readValue(tokens));
    }
    tokens.shift();
    return list;
  }
  return readScalar(token);
}

/** @param {string} token */
function readScalar(token) {
  if (/^["']/.test(token)) return unquoted(token);
  if (/^(?:true|yes|on)$/i.test(token)) return true;
  if (/^(?:false|no|off)$/i.test(token)) return false;
  const [, digits, suffix = ""] = /^(-?\d+(?:\.\d+)?)([a-z]*)$/i.exec(token) ?? [];
  const factor = suffix === "" ? 1 : SUFFIXES.get(suffix.toLowerCase());
  return digits === undefined || factor === undefined ? token : Number(digits) * factor;
}

/** @param {string} token */
function unquoted(token) {
  return token.replace(/^(["'])(.*)\1$/s, "$2");
}
