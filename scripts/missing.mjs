// What a run can't do for want of a program: told on a machine at hand, a failure where all is to be had.

/** Where everything is to be run. */
const IS_CI = /^(?:true|1)$/.test(process.env["CI"] ?? "");

/**
 * Tells that something was not run; whether that is a failure.
 *
 * @param {string} name what
 * @param {string} reason why not
 */
export function tellNotRun(name, reason) {
  console.log(`${IS_CI ? "FAILED " : "NOT RUN"}  ${name}: ${reason}`);
  return IS_CI;
}
