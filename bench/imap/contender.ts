/** An IMAP server with a mailbox that is empty. */
export interface ImapContender {
  /** Name and version, and how it stores mail. */
  readonly name: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Its processes; what they have started counts as theirs. */
  readonly roots: readonly number[];
}
