import type { Check } from "../../core/checks.ts";
import { checkPublishSubject } from "../../core/protocol/subject.ts";

/** A subject that can be published to. Throws `INVALID_SUBJECT`. */
export const aSubject: Check<string> = (name, value) => {
  checkPublishSubject(value as string, name);
  return value as string;
};
