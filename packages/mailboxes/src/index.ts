export { type ChangeFeed, createChangeFeed } from "./change-feed.ts";
export { createMailboxBackend } from "./mailbox-backend.ts";
