/** Bytes of the largest message, headers and payload together, that nats-server can be configured to take. */
export const LARGEST_PAYLOAD: number = 64 * 1024 * 1024;
