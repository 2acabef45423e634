import { parseMessage } from "@waxwing/message";
import { type AppendMessage, foldSearchFields, sentListing } from "@waxwing/protocols";
import { appendMail, type Database, encodeMail, type FiledMail, type MailAppendResult } from "@waxwing/store";

/** Files what a client appends, all of it or nothing, and with `replaced` in place of another message. */
export async function appendMessages(
  options: { readonly db: Database; readonly nowMs: number; readonly projectId: string },
  target: { readonly mailboxId: string; readonly folder: string },
  messages: readonly AppendMessage[],
  replaced: { readonly folderId: string; readonly uid: number } | null = null,
): Promise<MailAppendResult> {
  const { db, nowMs, projectId } = options;
  const mails: FiledMail[] = [];
  for (const message of messages) mails.push(await describe(projectId, message, nowMs));
  return appendMail(db, target, mails, replaced);
}

async function describe(projectId: string, message: AppendMessage, nowMs: number): Promise<FiledMail> {
  const parsed = parseMessage(message.raw);
  return {
    ...(await encodeMail(projectId, message.raw)),
    envelope: parsed.envelope,
    bodyStructure: parsed.bodyStructure,
    preview: parsed.textPreview,
    sent: sentListing(message.raw, parsed),
    fields: foldSearchFields(message.raw),
    thread: parsed,
    internalDateMs: message.internalDate?.getTime() ?? nowMs,
    flags: message.flags,
  };
}
