export type {
  ArcResult,
  AuthenticationResults,
  DkimResult,
  DmarcResult,
  SpfResult,
} from "./authentication-results.ts";
export { formatKeyRecord, type GeneratedKey, generateSigningKey, splitTxtRecord } from "./generate-key.ts";
export { hashBody } from "./hash-body.ts";
export { createKeyMemory, type KeyMemory } from "./key-memory.ts";
export { sealLimits } from "./limits.ts";
export {
  createRecipientLinks,
  MAX_LINKED_URL_BYTES,
  type RecipientLink,
  type RecipientLinks,
} from "./recipient-links.ts";
export { removeSpoofedAuthenticationResults } from "./remove-spoofed.ts";
export { boundResolver, type Resolver } from "./resolver.ts";
export { createReturnPaths, type ReturnPaths } from "./return-path.ts";
export { createSenderRewriting, type SenderRewriting } from "./sender-rewriting.ts";
export { type SignInput, signMessage } from "./sign.ts";
export { createSigningKey, type SigningKey, SigningKeyError } from "./signing-key.ts";
export { createSigningThreads } from "./signing-threads.ts";
export { type AuthenticateInput, authenticateMessage } from "./verify.ts";
