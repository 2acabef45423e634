import type { Pop3Reply } from "../pop3-session.ts";

/**
 * UTF8 (RFC 6856 §2). Names and passwords are UTF-8 with and without it, and messages go as they are.
 * Deviation: §2.1 wants headers in UTF-8 kept from clients that have not asked for them. Much broken mail has them, and a program
 * that fetches and deletes would stumble over the same message for ever.
 */
export async function utf8(): Promise<Pop3Reply> {
  return { status: "+OK", text: "UTF8 enabled" };
}
