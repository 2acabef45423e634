import { parseMessage } from "@waxwing/message";
import { foldSearchFields, sentListing } from "@waxwing/protocols";
import { type Clock, idTimeMs, type Logger, runRounds } from "@waxwing/runtime";
import {
  type Database,
  decodeContent,
  encodeMail,
  type FiledMail,
  fileSentMail,
  listSentMirrors,
  loadContents,
  nextSentMail,
  type SentMessage,
  type SentMirror,
} from "@waxwing/store";
import { prepareCompose } from "./compose.ts";

/**
 * Files what is sent from the addresses of mailboxes that want it in their `Sent`: one copy of each message, as it was accepted,
 * without what is each recipient's own (tracking, links, signature). It follows the event log, so a process that dies loses none, and
 * accepting waits for nothing. Every worker runs it.
 */
export function runSentMirror(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  return runRounds({ ...options, name: "sent-mirror", round: () => mirrorSentMail(options) });
}

/** One round: everything that the log tells now. */
export async function mirrorSentMail(options: {
  readonly db: Database;
  readonly log: Logger;
}): Promise<void> {
  const { db, log } = options;
  for (let mirrors = await listSentMirrors(db); mirrors.length > 0; ) {
    const behind: SentMirror[] = [];
    for (const mirror of mirrors) {
      const next = await nextSentMail(db, mirror);
      if (next === null) continue;
      const { messages, until } = next;
      const done = await fileSentMail(
        db,
        mirror,
        until,
        await writeMails(db, log, mirror.projectId, messages),
      );
      if (done.kind === "over-quota") {
        log.warn({ event: "sent-mirror.over-quota", mailboxId: mirror.mailboxId, messages: messages.length });
      }
      if (done.kind !== "overtaken") behind.push({ ...mirror, after: until });
    }
    mirrors = behind;
  }
}

async function writeMails(
  db: Database,
  log: Logger,
  projectId: string,
  messages: readonly SentMessage[],
): Promise<FiledMail[]> {
  const mails: FiledMail[] = [];
  for (const message of messages) {
    // One by one: each may have 30 MB.
    const [zstd] = (await loadContents(db, [message])).values();
    // Retention has taken it.
    if (zstd === undefined) continue;
    try {
      mails.push(await writeMail(projectId, message, await decodeContent(zstd)));
    } catch (err) {
      // One that cannot be written must not keep all later ones out.
      log.warn({ event: "sent-mirror.unwritable", messageId: message.messageId, err });
    }
  }
  return mails;
}

async function writeMail(projectId: string, message: SentMessage, content: Buffer): Promise<FiledMail> {
  const { messageId, sendAt } = message;
  const { track: _track, unsubscribe: _unsubscribe, ...options } = message.options;
  const startedAtMs = sendAt?.getTime() ?? idTimeMs(messageId);
  const { header, body } = prepareCompose({ ...message, options, startedAtMs }, content)(() => "");
  const raw = Buffer.concat([header, Buffer.from("\r\n"), body]);
  const parsed = parseMessage(raw);
  return {
    ...(await encodeMail(projectId, raw)),
    envelope: parsed.envelope,
    bodyStructure: parsed.bodyStructure,
    preview: parsed.textPreview,
    sent: sentListing(raw, parsed),
    fields: foldSearchFields(raw),
    thread: parsed,
    internalDateMs: idTimeMs(messageId),
    flags: ["\\Seen"],
  };
}
