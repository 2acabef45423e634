import type { Pop3Call } from "../command-row.ts";
import { dropAt, remaining } from "../maildrop.ts";
import type { Maildrop, Pop3Reply } from "../pop3-session.ts";

/** STAT (RFC 1939 §5): count and octets without what is marked as deleted. */
export async function stat(_: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  const rest = remaining(maildrop);
  return { status: "+OK", text: `${rest.length} ${rest.reduce((sum, { drop }) => sum + drop.sizeBytes, 0)}` };
}

/** DELE (RFC 1939 §5): only marks; QUIT removes. */
export async function dele({ args }: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  const { number, drop } = dropAt(maildrop, args[0]);
  drop.deleted = true;
  return { status: "+OK", text: `Message ${number} deleted` };
}

/** RSET (RFC 1939 §5). */
export async function rset(_: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  for (const drop of maildrop.drops) drop.deleted = false;
  return { status: "+OK", text: `${maildrop.drops.length} messages` };
}

/** NOOP (RFC 1939 §5). */
export async function noop(): Promise<Pop3Reply> {
  return { status: "+OK", text: "" };
}
