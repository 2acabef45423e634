/** One reply of the sink; without `enhanced` it carries the usual enhanced status code of `code`. */
export interface SinkReply {
  readonly code: number;
  readonly enhanced?: string;
  readonly text: string;
}

/**
 * What the sink does with one recipient: take it, refuse it at RCPT, take it and refuse the whole message after DATA,
 * cut the connection at RCPT, or take it after a while.
 */
export type SinkMood =
  | "accept"
  | "drop-connection"
  | SinkReply
  | { readonly afterData: SinkReply }
  | { readonly delayMs: number };

/** Decides for a recipient; `attempt` is 1 for its first RCPT. */
export type SinkTemper = (recipient: string, attempt: number) => SinkMood;

const enhancedFor: Readonly<Record<number, string>> = {
  421: "4.3.2",
  450: "4.2.0",
  451: "4.3.0",
  452: "4.2.2",
  550: "5.1.1",
  552: "5.2.2",
  553: "5.1.3",
  554: "5.7.1",
};

const replyOf = (code: number, text: string): SinkReply => ({
  code,
  enhanced: enhancedFor[code] ?? `${Math.floor(code / 100)}.0.0`,
  text,
});

/**
 * The default temper, read from the local part:
 *
 *  - `bounce550@`: that code at RCPT, always;
 *  - `defer451@`, `defer451-3@`: that code at the first RCPT (the first three), then accepted;
 *  - `data554@`: accepted at RCPT, that code after DATA, always;
 *  - `drop@`: the connection is cut at RCPT;
 *  - `slow500@`: accepted after 500 ms;
 *  - anything else, `accept@` for instance: accepted.
 */
export const temperByLocalPart: SinkTemper = (recipient, attempt) => {
  const local = recipient.slice(0, recipient.lastIndexOf("@"));
  const [, verb, digits = "", times = "1"] = /^(bounce|defer|data|slow)(\d+)(?:-(\d+))?$/.exec(local) ?? [];
  const number = Number(digits);
  if (local === "drop") return "drop-connection";
  if (verb === "bounce") return replyOf(number, "This mailbox always refuses");
  if (verb === "defer" && attempt <= Number(times)) return replyOf(number, "Not now, try again");
  if (verb === "data") return { afterData: replyOf(number, "This content is refused") };
  if (verb === "slow") return { delayMs: number };
  return "accept";
};
