const nameOf = (label) => label.replace(" ", "").toLowerCase();

/** Milliseconds are not enough: a process has to be warm, and what is measured long enough to hold a few collections. */
export const TIMES = { seconds: 3, warmupSeconds: 0.7 };

/** A flush ends each burst, and bursts follow until the time is up. */
export function publishCase({ size, label, burst }, { mode, title, sides }) {
  return {
    name: `publish-${nameOf(label)}-${mode}`,
    title: `${label}, ${title}`,
    group: "Publish",
    program: "publish",
    sides,
    params: { ...TIMES, size, mode, burst },
  };
}

export function receiveCase(size, { mode, title, sides }) {
  return {
    name: `receive-${size}b-${mode}`,
    title: `${size} B, ${title}`,
    group: "Receive",
    program: "receive",
    sides,
    publisher: true,
    params: { ...TIMES, size, mode, subjects: 1 },
  };
}

export function requestCase({ inFlight, title, sides }) {
  return {
    name: `request-${inFlight}`,
    title: `${title}, 16 B`,
    group: "Requests",
    program: "request",
    sides,
    params: { ...TIMES, size: 16, inFlight },
  };
}

/** Messages as applications send them: JSON text, with two headers or none. */
export function typicalPublishCase({ size, label, burst, headers }, sides) {
  return {
    name: `publish-json-${nameOf(label)}${headers ? "-headers" : ""}`,
    title: `${label} of JSON${headers ? " with two headers" : ""}, yielding every 1,000`,
    group: "Typical messages, published",
    program: "publish",
    sides,
    params: { ...TIMES, size, mode: "yield", burst, content: "json", headers },
  };
}

/** The same on the way in, read by `json()`. */
export function typicalReceiveCase({ size, label, headers }, sides) {
  return {
    name: `receive-json-${nameOf(label)}${headers ? "-headers" : ""}`,
    title: `${label} of JSON${headers ? " with two headers" : ""}, read by \`m.json()\` in a loop`,
    group: "Typical messages, received",
    program: "receive",
    sides,
    publisher: true,
    params: { ...TIMES, size, mode: "json", subjects: 1, content: "json", headers },
  };
}
