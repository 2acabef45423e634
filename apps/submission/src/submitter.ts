/** Who submits: the holder of an API key that may send, or of an SMTP credential. */
export interface Submitter {
  readonly projectId: string;
  /** Id of the API key or of the SMTP credential. */
  readonly keyId: string;
  readonly kind: "api-key" | "smtp-credential";
  /** When the token that was shown ends, Unix time in ms; null for a password or a key. */
  readonly untilMs: number | null;
}
