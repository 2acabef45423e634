import { PROJECT_ID } from "../../apps/waxwing/src/bootstrap.ts";
import { openDatabase } from "../../packages/store/src/database.ts";
import { hashAppPassword, insertAppPassword } from "../../packages/store/src/mailbox-app-passwords.ts";
import { ensureMailbox } from "../../packages/store/src/mailboxes.ts";

/** Who logs in, and with what. */
export interface Login {
  readonly address: string;
  readonly password: string;
}

const AT_ONCE = 16;

/** Makes so many mailboxes, each with an app password: checking one costs no scrypt, which would be most of what a login costs. */
export async function makeMailboxes(databaseUrl: string, count: number): Promise<readonly Login[]> {
  await using db = openDatabase({ url: databaseUrl, poolSize: AT_ONCE, onError: () => undefined });
  const logins = Array.from({ length: count }, (_, n) => ({
    address: `idle${n}@waxwing.test`,
    password: `bench-app-password-of-mailbox-${n}`,
  }));
  const actor = { projectId: PROJECT_ID, keyId: null, remoteAddress: null };
  let next = 0;
  const work = async (): Promise<void> => {
    for (let login = logins[next++]; login !== undefined; login = logins[next++]) {
      const { address, password } = login;
      const made = await ensureMailbox(db, { projectId: PROJECT_ID, address, passwordHash: "none" });
      if (made.kind === "taken") throw new Error(`${address} is taken`);
      const secretHash = hashAppPassword(password);
      const wanted = { mailboxId: made.mailbox.id, name: "bench", scopes: ["imap"], secretHash } as const;
      await insertAppPassword(db, actor, wanted, 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return logins;
}
