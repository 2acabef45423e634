import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter, createMetrics, renderMetrics } from "./metrics.ts";

test("each registry counts for itself and renders the Prometheus text format", async () => {
  const [one, two] = [
    createMetrics({ processMetrics: false, role: "worker" }),
    createMetrics({ processMetrics: true }),
  ];
  new Counter({ name: "waxwing_test_total", help: "A test.", registers: [one] }).inc(2);
  const { contentType, body } = await renderMetrics(one);
  assert.match(contentType, /^text\/plain/);
  assert.match(body, /waxwing_test_total\{role="worker"\} 2/);
  const other = await renderMetrics(two);
  assert.doesNotMatch(other.body, /waxwing_test_total/);
  assert.match(other.body, /process_cpu_seconds_total/);
});
