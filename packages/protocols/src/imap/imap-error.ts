/** A refusal that the client sees as the command's tagged answer. `cause` is for the server's events only. */
export class ImapRefusal extends Error {
  readonly status: "NO" | "BAD";
  /** A response code without brackets, such as `TRYCREATE`; null for none. */
  readonly code: string | null;

  constructor(status: "NO" | "BAD", code: string | null, text: string) {
    super(text);
    this.name = "ImapRefusal";
    this.status = status;
    this.code = code;
  }
}

/** The command is not understood (RFC 9051 §7.1.3). */
export function bad(text: string): ImapRefusal {
  return new ImapRefusal("BAD", null, text);
}

/** The command is understood and refused (RFC 9051 §7.1.2). `code` as in RFC 9051 §7.1, without brackets. */
export function no(code: string | null, text: string): ImapRefusal {
  return new ImapRefusal("NO", code, text);
}
