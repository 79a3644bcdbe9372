import type { Hub } from "../hub.ts";
import { type ServerReport, serverReport } from "./server-report.ts";
import { serveUserInfo } from "./user-info.ts";

/** Lets the server answer what clients ask it on subjects below `$SYS`. */
export function serveSystem(hub: Hub): void {
  const { accounts, options, id } = hub;
  let responses = 0;
  const report = (): ServerReport => serverReport({ name: hub.name, host: options.host, id }, ++responses);
  // These two are there from the beginning.
  void [accounts.global, accounts.system];
  accounts.forEach((account) =>
    serveUserInfo(account, report, (publisher) => hub.clientOf(publisher)?.identity),
  );
}
