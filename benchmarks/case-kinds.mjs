const nameOf = (label) => label.replace(" ", "").toLowerCase();

/** A flush ends each burst; several make the measured part long enough. */
export function publishCase({ size, label, burst, bursts }, { mode, title, sides }) {
  return {
    name: `publish-${nameOf(label)}-${mode}`,
    title: `${label}, ${title}`,
    group: "Publish",
    program: "publish",
    sides,
    params: { size, mode, bursts, messages: burst * bursts, warmup: Math.ceil(burst / 4) },
  };
}

export function receiveCase(size, { mode, title, sides }, messages) {
  return {
    name: `receive-${size}b-${mode}`,
    title: `${size} B, ${title}`,
    group: "Receive",
    program: "receive",
    sides,
    publisher: true,
    params: { size, mode, subjects: 1, messages, warmup: 200_000 },
  };
}

export function requestCase({ inFlight, title, sides }, messages) {
  return {
    name: `request-${inFlight}`,
    title: `${title}, 16 B`,
    group: "Requests",
    program: "request",
    sides,
    params: { size: 16, inFlight, messages, warmup: Math.ceil(messages / 5) },
  };
}
