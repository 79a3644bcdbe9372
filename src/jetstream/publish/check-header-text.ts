import { aString, type Check, invalidOption } from "../../core/checks.ts";
import { CR, DELETE, isBlank, LF } from "../../core/protocol/ascii.ts";
import { hasLoneSurrogate } from "../../core/protocol/text.ts";

/** A text that travels as the value of a header; not with blanks around it, for they would be cut. */
export const aHeaderText: Check<string> = (name, value) => {
  const text = aString(name, value);
  if (text === "") throw invalidOption(name, "it must not be empty: leave it out instead");
  let all = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === CR || unit === LF) throw invalidOption(name, "line breaks are not allowed");
    all |= unit;
  }
  if (isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(text.length - 1))) {
    throw invalidOption(name, "it must not begin or end with a blank, which does not travel");
  }
  if (all > DELETE && hasLoneSurrogate(text)) {
    throw invalidOption(name, "it must not have half of a surrogate pair");
  }
  return text;
};
