import type { MailboxLogin } from "@waxwing/store";

/** Who submits: the holder of an API key that may send, of an SMTP credential, or of a mailbox, who may write from its addresses only. */
export interface Submitter {
  readonly projectId: string;
  /** Id of the API key, the SMTP credential, or with `mailbox` of the app password or the mailbox. */
  readonly keyId: string;
  readonly kind: "api-key" | "smtp-credential" | "mailbox";
  /** Present with `mailbox`. */
  readonly mailbox?: { readonly id: string; readonly login: MailboxLogin };
  /** When the token that was shown ends, Unix time in ms; null for a password or a key. */
  readonly untilMs: number | null;
}
