export { type BadPeer, type PeerStage, type PeerTemper, startBadPeer } from "./bad-peer.ts";
export { type DnsServer, startDnsServer } from "./dns-server.ts";
export {
  createDnsZone,
  type Zone,
  type ZoneAnswer,
  type ZoneRecords,
  type ZoneResolver,
} from "./dns-zone.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { PEER_FAULTS, type PeerFault } from "./peer-fault.ts";
export * from "./smtp-sink.ts";
export * from "./smtp-sink-temper.ts";
export { createTestAuthority, type IssuedPair, type TestAuthority } from "./test-authority.ts";
export { createTestDatabase, type TestDatabase } from "./test-database.ts";
export { runTranscript, TranscriptMismatch } from "./transcript.ts";
