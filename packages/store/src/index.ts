export { insertMessages, type NewEvent, type NewMessage, type NewRecipient } from "./accept.ts";
export {
  type ClaimedRecipient,
  claimDueRecipients,
  loadContents,
  nextDueAt,
  type RecipientRef,
  releaseClaims,
  renewLease,
  sitesWithDueRecipients,
} from "./claim.ts";
export { decodeContent, type EncodedContent, encodeContent } from "./content.ts";
export { type Database, openDatabase } from "./database.ts";
export * from "./domains.ts";
export * from "./embedded/index.ts";
export * from "./event-log.ts";
export { createGroupCommit } from "./group-commit.ts";
export { findMessage, type StoredAttempt, type StoredMessage, type StoredRecipient } from "./messages.ts";
export { migrateDatabase } from "./migrate.ts";
export { type AttemptRow, type RecordedOutcome, recordOutcomes } from "./outcomes.ts";
export { dropPartitionsBefore, ensurePartitions } from "./partitions.ts";
export * from "./projects.ts";
export {
  RECIPIENT_STATES,
  type RecipientState,
  type StoredHeaders,
  type StoredMailbox,
  type StoredTls,
} from "./schema/index.ts";
export * from "./webhooks.ts";
