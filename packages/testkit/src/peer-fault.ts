/**
 * One way to misbehave. `answer` and `raw` go on afterwards, `last-words` closes behind them, `late` gives the usual answer after a
 * while, `drip` sends its text octet by octet for ever, `silence` never answers again.
 */
export type PeerFault =
  | { readonly kind: "answer"; readonly text: string }
  | { readonly kind: "last-words"; readonly text: string }
  | { readonly kind: "raw"; readonly octets: string | Buffer }
  | { readonly kind: "late"; readonly ms: number }
  | { readonly kind: "drip"; readonly text: string; readonly everyMs: number }
  | { readonly kind: "silence" }
  | { readonly kind: "close" }
  | { readonly kind: "reset" };

/** The faults that can happen at any stage, by name. */
export const PEER_FAULTS = {
  "falls silent": { kind: "silence" },
  "hangs up": { kind: "close" },
  "resets the connection": { kind: "reset" },
  "drips a reply that never ends": { kind: "drip", text: "250-still here\r\n", everyMs: 20 },
  "talks HTTP": { kind: "answer", text: "HTTP/1.1 400 Bad Request" },
  "sends octets without lines": { kind: "raw", octets: Buffer.alloc(100_000, 0x80) },
  "sends a megabyte of reply": { kind: "raw", octets: `220-${"x".repeat(1_000_000)}` },
  "sends reply lines without end": { kind: "raw", octets: "250-and then\r\n".repeat(20_000) },
  "says 421 and closes": { kind: "last-words", text: "421 4.3.2 Closing for now" },
  "says 421 and stays": { kind: "answer", text: "421 4.3.2 Closing for now" },
  "defers with 451": { kind: "answer", text: "451 4.7.1 Try again later" },
  "refuses with 554": { kind: "answer", text: "554-5.7.1 Go\r\n554 5.7.1 away" },
  "says 399": { kind: "answer", text: "399 Neither yes nor no" },
} as const satisfies Record<string, PeerFault>;
