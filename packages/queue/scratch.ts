import { openLaneQueue, openLaneWorker } from "./src/index.ts";

for (const backend of [
  { kind: "redis" as const, url: "redis://127.0.0.1:6399" },
  { kind: "postgres" as const, url: "postgresql://postgres@127.0.0.1:54999/postgres" },
]) {
  const onError = (e: Error) => console.log("ERR", e.message);
  const queue = await openLaneQueue({ backend, name: "deliver", onError });
  let runs = 0,
    active = 0,
    max = 0;
  let t0 = 0;
  const w = await openLaneWorker({
    backend,
    name: "deliver",
    concurrency: 10,
    queue,
    onError,
    drain: async (k) => {
      runs++;
      active++;
      max = Math.max(max, active);
      if (k === "lat") console.log("latency", Date.now() - t0);
      await new Promise((r) => setTimeout(r, 20));
      active--;
    },
  });
  await new Promise((r) => setTimeout(r, 300));
  t0 = Date.now();
  await queue.wake(["lat"]);
  await new Promise((r) => setTimeout(r, 200));
  for (let i = 0; i < 20; i++) {
    await queue.wake(["a"]);
  }
  await new Promise((r) => setTimeout(r, 300));
  console.log(backend.kind, "runs", runs, "max", max);
  runs = 0;
  await queue.wakeAt("b", Date.now() + 60000);
  await queue.wakeAt("b", Date.now() + 300);
  await new Promise((r) => setTimeout(r, 250));
  console.log("before", runs);
  await new Promise((r) => setTimeout(r, 400));
  console.log("after", runs);
  runs = 0;
  await queue.wakeAt("c", Date.now() + 60000);
  await queue.wake(["c", "d", "e"]);
  await new Promise((r) => setTimeout(r, 300));
  console.log("bulk", runs);
  const t = process.hrtime.bigint(),
    c = process.cpuUsage();
  for (let i = 0; i < 1000; i++) await queue.wake(["z"]);
  console.log("wake us", Number(process.hrtime.bigint() - t) / 1e6, process.cpuUsage(c));
  await w[Symbol.asyncDispose]();
  await queue[Symbol.asyncDispose]();
}
