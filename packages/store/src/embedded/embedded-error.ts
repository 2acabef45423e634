/** Why the embedded database cannot run, in words for the operator. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
  readonly kind:
    | "unsupported-platform"
    | "unreachable-directory"
    | "other-version"
    | "held"
    | "init-failed"
    | "start-failed";

  constructor(kind: EmbeddedPostgresError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The way out of every problem with the embedded database. */
export const wayOut = "Set DATABASE_URL to a PostgreSQL server (15 or later) to do without the embedded one.";
