import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "@waxwing/runtime";
import { findBinaries } from "./binaries.ts";
import { connectionString, socketPathFits } from "./connection-string.ts";
import { logServerLine } from "./server-log.ts";
import { renderSettings } from "./settings.ts";

test("a platform without binaries is told the way out", async () => {
  await assert.rejects(
    findBinaries("freebsd", "x64"),
    /no embedded PostgreSQL for freebsd on x64.*DATABASE_URL/,
  );
  await assert.rejects(findBinaries("linux", "ppc64"), /linux-ppc64 is not installed.*DATABASE_URL/);
});

test("connection strings escape what is in the path", () => {
  const place = { socketDir: "/a b/ü@:", port: 5432, password: "p@/" };
  assert.equal(connectionString(place), "postgresql://waxwing:p%40%2F@%2Fa%20b%2F%C3%BC%40%3A:5432/waxwing");
  assert.equal(
    connectionString({ ...place, socketDir: null }, "x"),
    "postgresql://waxwing:p%40%2F@127.0.0.1:5432/x",
  );
});

test("socket paths are measured in bytes", () => {
  assert.equal(socketPathFits(`/${"x".repeat(80)}`), true);
  assert.equal(socketPathFits(`/${"ü".repeat(50)}`), false);
});

test("settings are quoted", () => {
  assert.match(renderSettings({ search_path: "it's" }), /^search_path = 'it''s'$/m);
});

test("answers to statements stay out of the ordinary log, failures do not, and a stop is quiet", () => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", name: "test", write: (line) => void lines.push(line) });
  logServerLine(log, 'ERROR:  invalid input syntax for type uuid: "secret"', false);
  logServerLine(log, "LOG:  database system is ready", false);
  logServerLine(log, "FATAL:  terminating connection", true);
  assert.deepEqual(lines, []);
  logServerLine(log, "2026-11-23 05:57:23.306 GMT [8180] PANIC:  could not write", false);
  logServerLine(log, "WARNING:  careful", false);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ level, severity, message }) => [level, severity, message]),
    [
      [50, "PANIC", "could not write"],
      [40, "WARNING", "careful"],
    ],
  );
});
