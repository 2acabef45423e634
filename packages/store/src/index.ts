export { insertMessages, type NewEvent, type NewMessage, type NewRecipient } from "./accept.ts";
export * from "./api-keys.ts";
export { type Actor, type AuditEntry, listAuditLog } from "./audit-log.ts";
export { cancelRecipients, rescheduleMessage } from "./before-delivery.ts";
export { type BounceCount, countBounces } from "./bounce-counts.ts";
export {
  type ClaimedRecipient,
  claimDueRecipients,
  claimRecipients,
  expireLeases,
  loadContents,
  nextDueAt,
  type RecipientRef,
  releaseClaims,
  renewLease,
  sitesWithDueRecipients,
} from "./claim.ts";
export { decodeContent, type EncodedContent, encodeContent } from "./content.ts";
export { takeFromDay } from "./daily-allowance.ts";
export {
  createDailyQuotas,
  type QuotaExcess,
  type QuotaGrant,
  readDailyUsage,
  type TakeQuota,
} from "./daily-quota.ts";
export { type Database, openDatabase } from "./database.ts";
export * from "./domain-changes.ts";
export { findDomainSites, moveBacklog, settleDomainSite } from "./domain-sites.ts";
export {
  activeDkimKeys,
  type DkimKey,
  type Domain,
  dkimKeyContext,
  findDkimKey,
  findDomain,
  findDomainWithKeys,
  findProjectDomainByName,
  findReceivingDomain,
  insertDomain,
} from "./domains.ts";
export * from "./egress.ts";
export * from "./embedded/index.ts";
export * from "./engagements.ts";
export * from "./event-feed.ts";
export * from "./event-log.ts";
export { type FirstLease, type LeasedRow, leasedRecipient } from "./first-lease.ts";
export { type FolderHead, type FolderUids, folderHead, folderUids } from "./folder-snapshot.ts";
export * from "./folders.ts";
export type { NewFolder } from "./folders-create.ts";
export * from "./folders-tree.ts";
export { createGroupCommit } from "./group-commit.ts";
export * from "./holds.ts";
export { findFirstAnswers, type IdempotencyKey, type Insertion, takeBatchKey } from "./idempotency.ts";
export * from "./inbound-posts.ts";
export * from "./inbound-routes.ts";
export { effectiveScopes, isSendgridScope, SENDGRID_SCOPE_NAMES } from "./key-scopes.ts";
export type { LimitedParty } from "./limits.ts";
export { appendMail, type MailAppendResult } from "./mail-appending.ts";
export { deleteOrphanedContents } from "./mail-contents.ts";
export * from "./mail-copying.ts";
export {
  decodeMail,
  decodeMailStart,
  encodeMail,
  MAIL_START_BYTES,
  type MailContent,
  mailContents,
  plainMail,
} from "./mail-encoding.ts";
export { expungeMail, forgetExpunged, type MailExpungeScope } from "./mail-expunging.ts";
export { createMailFiler } from "./mail-filer.ts";
export { type FilingConsequences, fileMail, type WantedFiling } from "./mail-filing.ts";
export type { MailFlagChange } from "./mail-flag-change.ts";
export * from "./mail-flags.ts";
export type { FiledMail } from "./mail-insertion.ts";
export { connectMaildropLocker, type MaildropLocker } from "./mail-locks.ts";
export { changeMailMetadata, mailMetadata } from "./mail-metadata.ts";
export { NoSuchFolderError } from "./mail-places.ts";
export { hasRoom, mailboxQuota, OverQuotaError, type StoredQuota, setMailboxQuota } from "./mail-quota.ts";
export * from "./mail-reading.ts";
export { deleteExpiredMail } from "./mail-retention.ts";
export { findMail, type MailCondition } from "./mail-search.ts";
export { type FolderChange, type FolderRef, MAILBOX_CHANNEL } from "./mail-transaction.ts";
export * from "./mailbox-aliases.ts";
export * from "./mailbox-app-passwords.ts";
export * from "./mailboxes.ts";
export { listenToMailboxes, type MailboxListener } from "./mailboxes-listen.ts";
export { runMaintenance } from "./maintenance.ts";
export { loadMessageContexts, type MessageContext } from "./message-contexts.ts";
export { type FoundMessage, searchMessages } from "./message-search.ts";
export {
  findMessage,
  findSubmittedMessage,
  type StoredAttempt,
  type StoredMessage,
  type StoredRecipient,
} from "./messages.ts";
export { migrateDatabase } from "./migrate.ts";
export * from "./mta-sts-policies.ts";
export { type AttemptRow, type RecordedOutcome, recordOutcomes } from "./outcomes.ts";
export { dropPartitionsBefore, ensurePartitions } from "./partitions.ts";
export * from "./project-changes.ts";
export * from "./projects.ts";
export { type PutOffLook, type PutOffRecipient, putOffLane } from "./put-off-lane.ts";
export * from "./queue-depth.ts";
export * from "./queue-walk.ts";
export { takeFromBucket } from "./rate-bucket.ts";
export { createRateLimiter, type RateAnswer, type RateStanding, type TakeRequest } from "./rate-limiter.ts";
export {
  createReceiverFinder,
  type Receiver,
  type ReceiverQuestion,
  type ReceivingDomain,
  type ReceivingMailbox,
} from "./receiving.ts";
export * from "./routes.ts";
export {
  RECIPIENT_STATES,
  type RecipientState,
  type StoredDomainCheck,
  type StoredHeaders,
  type StoredInboundAction,
  type StoredInboundFacts,
  type StoredMailbox,
  type StoredOptions,
  type StoredRecordVerdict,
  type StoredTls,
  type StoredTlsPolicy,
  SUPPRESSION_REASONS,
} from "./schema/index.ts";
export {
  countOrderedSendBatches,
  findSendBatch,
  findUnsubscribeGroupIds,
  insertSendBatch,
  listOrderedSendBatches,
  orderSendBatch,
  putOffPaused,
  type SendBatch,
  type SendBatchStatus,
} from "./send-batches.ts";
export * from "./sent-mail.ts";
export * from "./shaping-rules.ts";
export * from "./site-pauses.ts";
export * from "./smtp-credentials.ts";
export * from "./stats.ts";
export { type PeriodCount, readSeries, sumSeries } from "./stats-series.ts";
export { insertSuppressionsSql, type NewSuppression, suppress, suppressionRow } from "./suppression-rows.ts";
export { listSuppressionsByTime, type SuppressionPeriod } from "./suppression-times.ts";
export * from "./suppressions.ts";
export { duplicateTemplate } from "./template-duplicate.ts";
export * from "./templates.ts";
export * from "./tls-policies.ts";
export * from "./tls-results.ts";
export * from "./unsubscribe-groups.ts";
export * from "./unsubscribing.ts";
export * from "./webhook-changes.ts";
export {
  type DueDelivery,
  duePendingDeliveries,
  type EndpointStanding,
  type MessageStanding,
  messageStandings,
  nextPendingDeliveryAt,
  outageSinceMs,
  recordWebhookDeliveries,
  type WebhookDelivery,
} from "./webhook-deliveries.ts";
export { type DeliveryRow, findWebhookDelivery, listWebhookDeliveries } from "./webhook-delivery-log.ts";
export * from "./webhook-replay.ts";
export * from "./webhooks.ts";
