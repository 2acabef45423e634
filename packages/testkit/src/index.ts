export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { createTestDatabase, type TestDatabase } from "./test-database.ts";
