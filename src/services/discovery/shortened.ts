/** A shorter form of an answer that is too large. `isPart`: it lacks something that was asked for. */
interface Shortened {
  readonly body: object;
  readonly isPart: boolean;
}

interface Parts {
  readonly endpoints?: readonly { readonly data?: unknown }[];
}

/** The values that replace long ones. */
const NOTHING: Readonly<Record<string, unknown>> = { description: "", metadata: {}, endpoints: [] };

/**
 * Shorter forms of an answer to a verb, the fullest first: without the application's data in stats, without endpoints, with the
 * identity only. All clients can read each of them: an answer that it can't read ends the discovery of some clients.
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
