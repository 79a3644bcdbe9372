/** @type {import("../../scripts/mutants/breakage.mjs").Breakage[]} */
export default [
  {
    what: "every subscription is restored twice",
    file: "src/core/delivery/subscription-table.ts",
    from: "commands.push(encodeSub(subject, queue, sid));",
    to: "commands.push(encodeSub(subject, queue, sid), encodeSub(subject, queue, sid));",
    caughtBy: "integration/reconnect.test.ts: are restored once, by their numbers and with their queues",
  },
];
