export { FAILURE_CLASS_NAMES, failureKind, isFailureClass, reservedHeaderNames } from "@waxwing/message";
export { RFC_5321_TIMEOUTS as RFC_TIMEOUTS } from "@waxwing/protocols";
export {
  createRecipientLinks,
  createReturnPaths,
  createSenderRewriting,
  type RecipientLink,
  type RecipientLinks,
  type ReturnPaths,
  type SenderRewriting,
} from "@waxwing/seal";
export {
  type Accept,
  type Acceptance,
  type AcceptTogether,
  createAcceptor,
  type JointAcceptance,
  type PartsSubmission,
  PRIORITIES,
  type Priority,
  type Submission,
  type SubmissionRefusal,
  type Submitter,
} from "./accept.ts";
export { addDkimKey, addDomain } from "./add-domain.ts";
export { attemptAdvice, holdAdvice, recipientAdvice } from "./advice.ts";
export {
  type CancelMessage,
  createCanceller,
  createRescheduler,
  type RescheduleMessage,
} from "./before-delivery.ts";
export { prepareCompose } from "./compose.ts";
export type { PartsContent } from "./content.ts";
export { createDeliverer } from "./deliver.ts";
export { domainRecords } from "./domain-records.ts";
export { relayPasswordContext } from "./egress/directory.ts";
export { readLaneKey } from "./egress/lane-key.ts";
export {
  createRecipientPreferences,
  type Preferences,
  type RecipientPreferences,
} from "./engagement/preferences.ts";
export { createVisitRecorder, type RecordVisit } from "./engagement/record-visits.ts";
export { createRouteExplainer, type ExplainRoute, laneName } from "./explain/explainers.ts";
export type { Explanation, Question } from "./explain/explanation.ts";
export { canFillIn } from "./fill-in-content.ts";
export { createHandover, type Handover } from "./handover.ts";
export { type HoldOf, holdReason, readHolds } from "./holds/held-recipients.ts";
export { createHoldOrders, type HoldOrders, type HoldRequest, readHoldSubject } from "./holds/hold-orders.ts";
export { runHoldUpkeep } from "./holds/hold-upkeep.ts";
export { createQueueActs, type QueueActResult, type QueueActs, type QueueOrder } from "./holds/queue-acts.ts";
export { createLane } from "./lane.ts";
export { type MailClientService, mailClientRecords, mailClientServices } from "./mail-client-services.ts";
export { mirrorSentMail, runSentMirror } from "./mirror-sent.ts";
export { readAddress } from "./read-address.ts";
export { createRecentContents, type RecentContents } from "./recent-contents.ts";
export { createRecorder } from "./record.ts";
export { createRecordResolver, type RecordResolver } from "./record-lookup.ts";
export {
  createTemplateOpener,
  createTemplateRenderer,
  type LegacyTemplate,
  type OpenedTemplate,
  type OpenTemplate,
  type RenderStoredTemplate,
} from "./render-template.ts";
export { cacheAnswers } from "./routing/cached-resolver.ts";
export { createDnsResolver } from "./routing/dns-resolver.ts";
export { createKnownSites } from "./routing/known-sites.ts";
export { createOwnServers } from "./routing/own-servers.ts";
export { createRouteTable, type RouteTable } from "./routing/route-table.ts";
export { createRouter, type Router, routePasswordContext } from "./routing/router.ts";
export { createShaping } from "./shaping/shaping.ts";
export { SHIPPED_RULES } from "./shaping/shipped-rules.ts";
export { createSigner } from "./sign.ts";
export { signingKeys } from "./signing-keys.ts";
export * from "./submission.ts";
export { readContent } from "./submission-content.ts";
export { checkSubject, readHeaders } from "./submission-headers.ts";
export { storedProblem } from "./submission-problems.ts";
export { readMailbox } from "./submission-recipients.ts";
export { readSendTime } from "./submission-time.ts";
export {
  type MimeInput,
  type MimeLookups,
  type MimeRefusal,
  readMimeRecipient,
  readMimeSubmission,
} from "./submit-mime.ts";
export { createFillIn, type SubstitutionBudget, SubstitutionOverflow } from "./substitute.ts";
export { textFromHtml } from "./text-from-html.ts";
export type { PlanTls } from "./tls/tls-plan.ts";
export { createTlsPolicies } from "./tls/tls-policies.ts";
export { createLinkBases, linkHostOf } from "./tracking/link-base.ts";
export { runDomainChecks, verifyDomain } from "./verify-domain.ts";
