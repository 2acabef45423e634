export { EmbeddedPostgresError } from "./embedded-error.ts";
export { findRunningPostgres } from "./running.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
  stopOrphanedPostgres,
} from "./start.ts";
