/** The body of a direct get, as it travels. */
export interface DirectRequest {
  readonly seq?: number;
  readonly start_time?: string;
  readonly last_by_subj?: string;
  readonly next_by_subj?: string;
  /** Asks for many: an end mark follows the messages. */
  readonly batch?: number;
  /** After so many bytes the server ends, with the message that reaches them. */
  readonly max_bytes?: number;
  /** Asks for the last message of each subject; an end mark follows the messages. */
  readonly multi_last?: readonly string[];
  readonly up_to_seq?: number;
  readonly up_to_time?: string;
  /** Messages come without any header. */
  readonly no_hdr?: boolean;
}
