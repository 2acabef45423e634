import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { newId } from "@waxwing/runtime";
import type { IdempotencyKey, NewMessage } from "../src/index.ts";

/** A message as accept stores it, with one event per recipient; `sites` gives one recipient each. */
export function messageRow(options: {
  readonly projectId: string;
  readonly sites: readonly string[];
  readonly priority?: number;
  readonly acceptedAtMs?: number;
  readonly sendAtMs?: number;
  readonly text?: string;
  readonly idempotency?: IdempotencyKey;
}): NewMessage {
  const acceptedAtMs = options.acceptedAtMs ?? Date.now();
  const id = newId(acceptedAtMs);
  const content = Buffer.from(JSON.stringify({ text: options.text ?? `Hello ${id}`, attachments: [] }));
  return {
    id,
    projectId: options.projectId,
    domainId: newId(),
    contentKind: "parts",
    contentHash: createHash("sha256").update(options.projectId).update(content).digest(),
    contentZstd: zstdCompressSync(content),
    sizeBytes: content.length,
    headers: { from: { address: "shop@waxwing.test" }, to: [], cc: [], replyTo: [], custom: [] },
    subject: "Order",
    tags: [],
    metadata: {},
    priority: options.priority ?? 1,
    acceptedAtMs,
    sendAtMs: options.sendAtMs ?? null,
    expiresAtMs: null,
    options: {},
    requestId: null,
    batchId: null,
    ...(options.idempotency !== undefined && { idempotency: options.idempotency }),
    recipients: options.sites.map((site, ordinal) => ({
      ordinal,
      role: "to",
      address: `user${ordinal}@${site}`,
      site,
    })),
    events: options.sites.map((_, ordinal) => ({
      projectId: options.projectId,
      id: newId(acceptedAtMs),
      type: "accepted",
      messageId: id,
      ordinal,
      payload: { email: "x" },
    })),
  };
}
