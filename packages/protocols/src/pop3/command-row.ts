import type { Maildrop, Pop3Io, Pop3Reply } from "./pop3-session.ts";

/** A command's arguments: what stands after the verb, split at spaces; PASS takes the `rest` as it is. */
export interface Pop3Call {
  readonly io: Pop3Io;
  readonly args: readonly string[];
  readonly rest: string;
}

interface Pop3Columns {
  /** RFC and section. */
  readonly rfc: string;
  /** False: refused while a password may not travel on this connection. */
  readonly preTls: boolean;
  /** How many arguments it takes; PASS counts as one whatever it holds. */
  readonly args: readonly [min: number, max: number];
}

/** One row of the command table; `in` is the state it needs (RFC 1939 §3). */
export type Pop3Row = Pop3Columns &
  (
    | { readonly in: "any" | "authorization"; readonly run: (call: Pop3Call) => Promise<Pop3Reply> }
    | { readonly in: "transaction"; readonly run: (call: Pop3Call, maildrop: Maildrop) => Promise<Pop3Reply> }
  );
