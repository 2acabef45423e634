export {
  createDnsZone,
  type Zone,
  type ZoneAnswer,
  type ZoneRecords,
  type ZoneResolver,
} from "./dns-zone.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export * from "./smtp-sink.ts";
export * from "./smtp-sink-temper.ts";
export { createTestDatabase, type TestDatabase } from "./test-database.ts";
export { runTranscript, TranscriptMismatch } from "./transcript.ts";
