import { once } from "node:events";
import { judgeBytes } from "@waxwing/inbound/judge";
import { type Command, UsageError } from "./command.ts";
import { readLines, readMailFiles } from "./mail-files.ts";

/** `waxwing classify`: what mails are, a JSON line each. Needs no database and no configuration. */
export const classify: Command = {
  summary: "say what mails are (bounces, complaints, answers), a JSON line for each file",
  usage: "classify [file or directory]...",
  help: `
Each file is one message, as it came; of a directory all files are read, with those of the directories in it. Without a name, or with -,
names are read from standard input, one a line. Each gives one line, in that order:

  {"file": "...", "class": "hard|soft|complaint|auto-reply|delivered|reply|other",
   "recipients": ["ann@example.org"], "status": ["5.1.1"], "reason": ["invalid-recipient"], "action": ["failed"],
   "reply": ["550 5.1.1 User unknown"], "type": ["hard"], "original_message_id": "<...>", "confidence": 0.99, "rule": "dsn.postfix",
   "source": "https://..."}

The lists have a value for each recipient. What concerns nobody by name has no recipients and one reason. docs/classification.md says
what the words mean. A file that cannot be read gives {"file", "error"}, and the exit code is 1.

  waxwing classify mails/*.eml
  find mails -name '*.eml' | waxwing classify`,
  options: {},
  run: async ({ words }) => {
    if (words.length > 1 && words.includes("-")) throw new UsageError("- stands alone");
    const [only] = words;
    const names = only === undefined || only === "-" ? readLines(process.stdin) : words;
    // Whoever reads only the first lines (head) closes the pipe.
    let isClosed = false;
    process.stdout.once("error", () => {
      isClosed = true;
    });
    let code = 0;
    for await (const mail of readMailFiles(names)) {
      if (isClosed) break;
      const { file } = mail;
      if (mail.kind === "unreadable") code = 1;
      const line =
        mail.kind === "unreadable"
          ? { file, error: mail.error }
          : { file, ...describe(judgeBytes(mail.raw)) };
      if (!process.stdout.write(`${JSON.stringify(line)}\n`) && !isClosed) {
        await once(process.stdout, "drain").catch(() => undefined);
      }
    }
    return code;
  },
};

function describe(verdict: ReturnType<typeof judgeBytes>): Readonly<Record<string, unknown>> {
  const { recipients, unnamed } = verdict;
  const told = recipients.length > 0 || unnamed === null ? recipients : [unnamed];
  return {
    class: verdict.class,
    recipients: recipients.map(({ address }) => address),
    status: told.map(({ status }) => status).filter((status) => status !== ""),
    reason: told.some(({ reason }) => reason !== null)
      ? told.map(({ reason, action }) => reason ?? action)
      : [verdict.reason],
    action: told.map(({ action }) => action).filter((action) => action !== "unknown"),
    reply: told.map(({ reply }) => reply).filter((reply) => reply !== ""),
    type: told.flatMap(({ severity }) => (severity === "none" ? [] : [severity])),
    original_message_id: verdict.originalMessageId,
    confidence: verdict.confidence,
    rule: verdict.rule,
    source: verdict.source,
  };
}
