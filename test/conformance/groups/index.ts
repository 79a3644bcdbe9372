import type { Group } from "../scenario.ts";
import { ACCOUNTS } from "./accounts.ts";
import { AUTHENTICATION } from "./authentication.ts";
import { GREETING } from "./greeting.ts";
import { LIMITS } from "./limits.ts";
import { OPERATIONS } from "./operations.ts";
import { OPERATOR } from "./operator.ts";
import { PERMISSIONS } from "./permissions.ts";
import { PUBLISH } from "./publish.ts";
import { QUEUES } from "./queues.ts";
import { REQUESTS } from "./requests.ts";
import { SCOPES } from "./scopes.ts";
import { SUBSCRIBE } from "./subscribe.ts";
import { SYSTEM } from "./system.ts";
import { TLS } from "./tls.ts";

export const GROUPS: readonly Group[] = [
  GREETING,
  OPERATIONS,
  PUBLISH,
  SUBSCRIBE,
  QUEUES,
  REQUESTS,
  AUTHENTICATION,
  PERMISSIONS,
  ACCOUNTS,
  OPERATOR,
  SCOPES,
  SYSTEM,
  LIMITS,
  TLS,
];
