import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRedisUrl, type RedisTarget } from "./redis-url.ts";

const open = { username: null, password: null, tls: false };
const a = { host: "a", port: 1 };
const b = { host: "b", port: 2 };

const cases: Readonly<Record<string, RedisTarget>> = {
  "redis://localhost": { kind: "single", url: "redis://localhost" },
  "rediss://user:p%40ss@host:6380/2": { kind: "single", url: "rediss://user:p%40ss@host:6380/2" },
  "redis://[::1]:6379/0": { kind: "single", url: "redis://[::1]:6379/0" },
  "redis://a:1,b:2": { kind: "cluster", nodes: [a, b], ...open },
  "redis-cluster://a:1": { kind: "cluster", nodes: [a], ...open },
  "rediss-cluster://user:p%40ss@a:1,b:2": {
    kind: "cluster",
    nodes: [a, b],
    username: "user",
    password: "p@ss",
    tls: true,
  },
  "redis-sentinel://secret@a:1,b/main": {
    kind: "sentinel",
    sentinels: [a, { host: "b", port: 26_379 }],
    masterName: "main",
    db: 0,
    ...open,
    password: "secret",
  },
  "redis-sentinel://:secret@[::1]:5/main/3": {
    kind: "sentinel",
    sentinels: [{ host: "::1", port: 5 }],
    masterName: "main",
    db: 3,
    ...open,
    password: "secret",
  },
};

for (const [url, expected] of Object.entries(cases)) {
  test(url, () => assert.deepEqual(parseRedisUrl(url), { kind: "ok", value: expected }));
}
