// What is published to an ack subject, JS-MSG-01..05.
export const ACK = "+ACK";
export const NAK = "-NAK";
export const WORKING = "+WPI";

const NANOS_PER_MILLI = 1e6;

/** Asks for the message anew after so many milliseconds. */
export function nakText(delay: number): string {
  // What is left of a fraction below a nanosecond would make it no number that the server reads.
  return `-NAK {"delay":${Math.round(delay * NANOS_PER_MILLI)}}`;
}

export function termText(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "+TERM" : `+TERM ${reason}`;
}

/** Acks, and is a pull in one. `pull` is the body of a pull; empty it asks for one message. */
export function ackNextText(pull: string): string {
  return pull === "" ? "+NXT" : `+NXT ${pull}`;
}
