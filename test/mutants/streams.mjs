/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "what the progress listener of a restore rejects with is nobody's",
    file: "src/jetstream/backup/restore.ts",
    from: "(thrown) => source.fail(thrown)",
    to: "(thrown) => void Promise.reject(thrown)",
    caughtBy:
      "jetstream/backup/backup.test.ts: leaves nothing: its progress listener rejects while the rest %s",
  },
  {
    what: "messages that got lost on their way are passed over in a read",
    file: "src/jetstream/direct/page-reader.ts",
    from: "request.no_hdr === true || isWhole(page)",
    to: "true",
    caughtBy: "jetstream/direct/statuses.test.ts: are asked for again, and give up after a while",
  },
  {
    what: "a read begins its second page with the last message of the first",
    file: "src/jetstream/direct/range-pages.ts",
    from: "seq: end.lastSequence + 1",
    to: "seq: end.lastSequence",
    caughtBy: "jetstream/direct/messages.test.ts: reads all that is stored, over as many pages as it takes",
  },
  {
    what: "a read goes on for as long as somebody publishes",
    file: "src/jetstream/direct/range-pages.ts",
    from: "this.#quota.lower(messages.length + end.pending)",
    to: "this.#quota.lower(Infinity)",
    caughtBy: "jetstream/direct/messages.test.ts: ends with what there was when it began",
  },
  {
    what: "payloads that got lost on their way are passed over",
    file: "src/jetstream/direct/payload-pages.ts",
    from: "return end === undefined || messages.length === asked || messages.length === end.pending;",
    to: "return end !== null || messages.length === asked;",
    caughtBy: "jetstream/direct/statuses.test.ts: are read once more with headers",
  },
  {
    what: "a message of the moment asked for is left out when it was replaced meanwhile",
    file: "src/jetstream/direct/last-pages.ts",
    from: "if (missing > 0) throw",
    to: "if (missing > Infinity) throw",
    caughtBy: "jetstream/direct/messages.test.ts: says that a message of that moment is gone",
  },
  {
    what: "a stream that does not allow direct reads any more can't be read by the handle that knew it before",
    file: "src/jetstream/direct/message-reader.ts",
    from: 'if (!isNatsError(error, "NO_RESPONDERS")) throw error;',
    to: "throw error;",
    caughtBy:
      "jetstream/direct/get.test.ts: falls back to the leader once the stream does not allow it any more",
  },
  {
    what: "a backup of which a chunk is missing passes for whole",
    file: "src/jetstream/backup/held-chunks.ts",
    from: "if (!isNumbered(chunk, this.#received)) return false;",
    to: "",
    caughtBy: "jetstream/backup/ended-early.test.ts: or of which a chunk is lost",
  },
  {
    what: "a backup passes for whole though the link was lost",
    file: "src/jetstream/backup/snapshot-receiver.ts",
    from: 'connection.foundation.overhear("disconnected", ({ error }) => this.#onLost(error))',
    to: "() => undefined",
    caughtBy: "jetstream/backup/ended-early.test.ts: ends a backup with BACKUP_INCOMPLETE",
  },
  {
    what: "half of a stream is left when a restore fails",
    file: "src/jetstream/backup/restore.ts",
    from: "await api.request({ subject: `STREAM.DELETE.${stream}`, stream });",
    to: "await Promise.resolve();",
    caughtBy: "jetstream/backup/backup.test.ts: leaves nothing: the bytes end early, are others, or are none",
  },
  {
    what: "ending a schedule removes one that was set meanwhile, and what is none",
    file: "src/jetstream/stream/stream.ts",
    from: "if (readSchedule(last.headers) === undefined)",
    to: "if (last.seq < 0)",
    caughtBy: "jetstream/streams/schedules.test.ts: are cancelled, those that are schedules",
  },
];
