import type { Pop3Call } from "../command-row.ts";
import { dropAt, remaining } from "../maildrop.ts";
import type { Drop, Maildrop, Pop3Reply } from "../pop3-session.ts";

/** LIST (RFC 1939 §5): numbers and sizes. */
export async function list({ args }: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  return show(maildrop, args, (drop) => String(drop.sizeBytes));
}

/** UIDL (RFC 1939 §7): UIDVALIDITY and UID together never name another message. */
export async function uidl({ args }: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  return show(maildrop, args, (drop) => `${maildrop.uidValidity}.${drop.uid}`);
}

function show(maildrop: Maildrop, args: readonly string[], value: (drop: Drop) => string): Pop3Reply {
  if (args.length > 0) {
    const { number, drop } = dropAt(maildrop, args[0]);
    return { status: "+OK", text: `${number} ${value(drop)}` };
  }
  const lines = remaining(maildrop).map(({ number, drop }) => `${number} ${value(drop)}`);
  return { status: "+OK", text: `${lines.length} messages`, lines };
}
