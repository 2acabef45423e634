export { isMailbox } from "./address.ts";
export type { SmtpBackend, SmtpCredentials, SmtpErrorEvent, SmtpSession } from "./backend.ts";
export type { SmtpCertificate } from "./certificate.ts";
export type { SmtpClientLimits } from "./client-limits.ts";
export type { DsnNotify, SmtpEnvelope, SmtpRecipient, SmtpSender } from "./envelope.ts";
export { defaultSmtpLimits, type SmtpLimits } from "./limits.ts";
export { decodeXtext } from "./parameters.ts";
export { type Refusal, refuse } from "./reply.ts";
export { createSmtpServer, type SmtpServer, type SmtpServerOptions } from "./server.ts";
