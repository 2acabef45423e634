export { type ChangeFeed, createChangeFeed } from "./change-feed.ts";
export { createLoginThrottle, type LoginThrottle } from "./login-throttle.ts";
export { createMailboxBackend } from "./mailbox-backend.ts";
export { createPasswordVerifier, type PasswordVerifier } from "./password-verifier.ts";
