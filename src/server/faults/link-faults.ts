/** What is wrong with a link. */
export interface LinkFaults {
  readonly stallsReading: boolean;
  readonly stallsWriting: boolean;
  /** Milliseconds that bytes from the client take longer. */
  readonly readingDelay: number;
  /** Milliseconds that bytes for the client take longer. */
  readonly writingDelay: number;
  /** Bytes that are written at a time; 0 for as many as there are. */
  readonly split: number;
  /** Milliseconds for which bytes are gathered before they are written. */
  readonly merge: number;
}

export const NO_FAULTS: LinkFaults = {
  stallsReading: false,
  stallsWriting: false,
  readingDelay: 0,
  writingDelay: 0,
  split: 0,
  merge: 0,
};

/** Bytes that a link with faults takes before it stops the other side. */
export const WINDOW: number = 1024 * 1024;
