/**
 * Writes `openapi/openapi.json`, the types of `@waxwing/client` and `docs/errors.md` from the routes and the error catalogue; with
 * `--check` says whether they are up to date instead. Needs no database: nothing is connected before the first query.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRecipientLinks } from "@waxwing/outbound";
import { createLogger, createMetrics, createSecretBox, systemClock } from "@waxwing/runtime";
import { openDatabase } from "@waxwing/store";
import { buildApi } from "./src/api.ts";
import { type ApiDescription, renderClientTypes } from "./src/client-types.ts";
import { renderProblemReference } from "./src/problem-reference.ts";

const root = new URL("../../", import.meta.url);

async function renderOpenapi(): Promise<string> {
  await using db = openDatabase({ url: "postgresql://127.0.0.1:1/none", onError: () => undefined });
  const app = await buildApi({
    db,
    acceptTogether: () => Promise.reject(new Error("nothing is accepted while generating")),
    accept: () => Promise.reject(new Error("nothing is accepted while generating")),
    deliverLanes: { wake: () => Promise.resolve() },
    notify: () => undefined,
    webhookQueue: { wake: () => Promise.resolve() },
    hostname: "mail.waxwing.test",
    linkHost: null,
    recipientLinks: createRecipientLinks(Buffer.alloc(32)),
    explainRoute: () => Promise.reject(new Error("nothing is explained while generating")),
    resolver: () => Promise.reject(new Error("nothing is looked up while generating")),
    secretBox: createSecretBox(new Uint8Array(32)),
    clock: systemClock,
    log: createLogger({ level: "silent", name: "generate" }),
    metrics: createMetrics({ processMetrics: false }),
  });
  const document = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  await app.close();
  return document;
}

const openapi = await renderOpenapi();
const outputs = [
  ["openapi/openapi.json", openapi],
  ["packages/client/src/operations.ts", renderClientTypes(JSON.parse(openapi) as ApiDescription)],
  ["docs/errors.md", renderProblemReference()],
] as const;

for (const [path, fresh] of outputs) {
  const target = new URL(path, root);
  if (!process.argv.includes("--check")) {
    await mkdir(new URL(".", target), { recursive: true });
    await writeFile(target, fresh);
  } else if ((await readFile(target, "utf8").catch(() => "")) !== fresh) {
    process.stderr.write(`${path} is out of date: run npm run generate\n`);
    process.exitCode = 1;
  }
}
