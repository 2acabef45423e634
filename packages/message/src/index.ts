export { type InvalidMailbox, type Mailbox, parseDomain, parseMailbox, parseMailboxList } from "./address.ts";
export { type EnvelopeAddress, parseAddressList } from "./address-list.ts";
export { type ComplaintReport, parseComplaintReport } from "./arf.ts";
export { type AutoReply, detectAutoReply } from "./auto-reply.ts";
export {
  type BodyDisposition,
  type BodyLeaf,
  type BodyMultipart,
  type BodyStructure,
  readBodyStructure,
} from "./body-structure.ts";
export { judgeBounce } from "./bounce-verdict.ts";
export {
  type ComposedHeader,
  type ComposedMessage,
  type ComposeFields,
  composeHeader,
  composeMessage,
  formatDate,
  reservedHeaderNames,
} from "./compose.ts";
export { type ComposeAttachment, contentTypeProblem } from "./compose-attachment.ts";
export { type ComposeContent, type ComposedBody, composeBody } from "./compose-body.ts";
export { composeReport, type ReportedRecipient, type ReportInput } from "./compose-report.ts";
export { decodeEncodedWords } from "./decode-encoded-word.ts";
export {
  type DeliveryReport,
  type DsnAction,
  type DsnRecipient,
  parseDeliveryReport,
  parseDeliveryStatus,
} from "./dsn.ts";
export { encodeWords } from "./encode-word.ts";
export { type Envelope, readEnvelope } from "./envelope.ts";
export { formatAddressField, formatMailbox, type HeaderMailbox } from "./format-mailbox.ts";
export { formatParameter } from "./format-parameter.ts";
export { formatHeaderField, formatTextField, type HeaderLine, headerProblem } from "./header-field.ts";
export { messageLimits } from "./limits.ts";
export { MessageError, type MessageErrorCode } from "./message-error.ts";
export { isMessageType, type MimePart, parseMimeParts, walkParts } from "./mime-part.ts";
export {
  type DecodedAddress,
  type ParsedMessage,
  parseDate,
  parseMessage,
  parseMessageIds,
} from "./parse.ts";
export { decodeParameter, type Parameters, parseParameterized } from "./parse-parameter.ts";
export { decodePart, decodePartText, findTextPart, partFilename, readTextPreview } from "./part-text.ts";
export { adviceOn } from "./replies/advice.ts";
export { classifyReply, type FailureReply, type ReplyVerdict } from "./replies/classify-reply.ts";
export {
  type BounceVerdict,
  FAILURE_CLASS_NAMES,
  type FailureClass,
  type FailureScope,
  failureKind,
  isFailureClass,
  isSoftBounce,
  SENDGRID_BOUNCE_CLASSES,
  type SendgridBounceClass,
} from "./replies/failure-class.ts";
export { retryHintMs } from "./replies/retry-hint.ts";
export { readWrittenText } from "./reply-text/written-text.ts";
export { rewriteTextParts, type TextPart } from "./rewrite-text-parts.ts";
export {
  type FieldRange,
  firstValue,
  type HeaderField,
  headerFieldRanges,
  readField,
  type SplitMessage,
  splitHeader,
} from "./split-header.ts";
export { decodeBase64, decodeQuotedPrintable, decodeTransfer } from "./transfer-decode.ts";
export {
  chooseTextEncoding,
  encodeBase64,
  encodeQuotedPrintable,
  type TransferEncoding,
} from "./transfer-encode.ts";
