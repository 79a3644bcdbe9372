/** The version of this package, as servers are told it; a test holds it to package.json. */
export const VERSION = "0.1.0";
