import type { ConversationLog } from "./conversation.ts";
import type { Dialogue, Lost } from "./dialogue.ts";
import { fault, type SmtpFault } from "./fault.ts";
import type { HeardReply } from "./reply.ts";

/** Who we are to a smarthost: a password, or an OAuth 2.0 access token. */
export type SmtpLogin =
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly user: string; readonly token: string };

export type Authentication =
  | { readonly kind: "authenticated" }
  | { readonly kind: "refused"; readonly reply: HeardReply }
  | { readonly kind: "failed"; readonly fault: SmtpFault };

/**
 * AUTH (RFC 4954) by PLAIN (RFC 4616) or LOGIN with a password, by XOAUTH2 (Google's and Microsoft's form of a bearer token) with a
 * token. Only called on a connection with TLS. What is secret does not enter the conversation.
 */
export async function authenticate(options: {
  readonly dialogue: Dialogue;
  readonly log: ConversationLog;
  readonly login: SmtpLogin;
  readonly mechanisms: ReadonlySet<string>;
  readonly timeoutMs: number;
}): Promise<Authentication> {
  const { dialogue, log, login, mechanisms, timeoutMs } = options;
  const ask = async (line: string, shown: string): Promise<HeardReply | Lost> => {
    dialogue.say(`${line}\r\n`, 1);
    log.client(performance.now(), shown);
    const answer = await dialogue.hear(timeoutMs);
    if (answer.kind === "reply") log.server(answer);
    return answer;
  };

  const steps = stepsOf(login, mechanisms);
  if (steps === null) {
    return {
      kind: "failed",
      fault: fault("auth-impossible", `the server offers AUTH ${[...mechanisms].join(" ") || "not at all"}`),
    };
  }
  for (const { line, shown } of steps) {
    const answer = await ask(line, shown);
    if (answer.kind === "lost") return { kind: "failed", fault: answer.fault };
    if (answer.code === 235) return { kind: "authenticated" };
    if (answer.code !== 334) return { kind: "refused", reply: answer };
  }
  // One challenge more than the mechanism has: XOAUTH2 tells its error so, and wants an empty answer before it says 535.
  const last = await ask("", "");
  if (last.kind === "lost") return { kind: "failed", fault: last.fault };
  return { kind: "refused", reply: last };
}

interface Step {
  readonly line: string;
  readonly shown: string;
}

function stepsOf(login: SmtpLogin, mechanisms: ReadonlySet<string>): readonly Step[] | null {
  if (login.kind === "token") {
    if (!mechanisms.has("XOAUTH2")) return null;
    const token = base64(`user=${login.user}\x01auth=Bearer ${login.token}\x01\x01`);
    return [{ line: `AUTH XOAUTH2 ${token}`, shown: "AUTH XOAUTH2 <token>" }];
  }
  if (mechanisms.has("PLAIN")) {
    const response = base64(`\0${login.user}\0${login.password}`);
    return [{ line: `AUTH PLAIN ${response}`, shown: "AUTH PLAIN <credentials>" }];
  }
  if (mechanisms.has("LOGIN")) {
    return [
      { line: "AUTH LOGIN", shown: "AUTH LOGIN" },
      { line: base64(login.user), shown: "<user name>" },
      { line: base64(login.password), shown: "<password>" },
    ];
  }
  return null;
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
