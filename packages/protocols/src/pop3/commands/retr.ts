import type { Pop3Call } from "../command-row.ts";
import { dropAt, loadDrop } from "../maildrop.ts";
import { stuffMessage } from "../multi-line.ts";
import { type Maildrop, Pop3Refusal, type Pop3Reply } from "../pop3-session.ts";

/** RETR (RFC 1939 §5). */
export async function retr({ args }: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  const { drop } = dropAt(maildrop, args[0]);
  const lines = stuffMessage(await loadDrop(maildrop, drop), null);
  return { status: "+OK", text: `${drop.sizeBytes} octets`, lines };
}

/** TOP (RFC 1939 §7): the header, the empty line and that many lines of the body. */
export async function top({ args }: Pop3Call, maildrop: Maildrop): Promise<Pop3Reply> {
  const [number, count = ""] = args;
  if (!/^\d{1,9}$/.test(count)) throw new Pop3Refusal("Expected a number of lines");
  const { drop } = dropAt(maildrop, number);
  const lines = stuffMessage(await loadDrop(maildrop, drop), Number(count));
  return { status: "+OK", text: "Top of message follows", lines };
}
