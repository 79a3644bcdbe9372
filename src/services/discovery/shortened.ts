/** What may be sent of an answer that is too large. `isPart`: it lacks what was asked for. */
interface Shortened {
  readonly body: object;
  readonly isPart: boolean;
}

interface Parts {
  readonly endpoints?: readonly { readonly data?: unknown }[];
}

/** In place of what a service may have much of. */
const NOTHING: Readonly<Record<string, unknown>> = { description: "", metadata: {}, endpoints: [] };

/**
 * An answer to a verb in shorter forms, the fullest first: without what the application adds to stats, without endpoints, with no
 * more than who it is. Each can be read by all clients: one that can't would end the discovery of some.
 */
export function shortened(answer: object): readonly Shortened[] {
  const { endpoints } = answer as Parts;
  const whoItIs = { body: emptied(answer, Object.keys(NOTHING)), isPart: true };
  if (endpoints === undefined) return [whoItIs];
  const bare = endpoints.map((endpoint) => ({ ...endpoint, data: undefined }));
  return [
    { body: { ...answer, endpoints: bare }, isPart: false },
    { body: emptied(answer, ["endpoints"]), isPart: true },
    whoItIs,
  ];
}

function emptied(answer: object, names: readonly string[]): object {
  const entries = Object.entries(answer);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, names.includes(name) ? NOTHING[name] : value]),
  );
}
