import { createHmac, randomBytes } from "node:crypto";
import { type Clock, type PasswordCheck, verifyPassword } from "@waxwing/runtime";

/** Whose password is asked for; `passwordHash` as it stands in the store now. */
interface Account {
  readonly id: string;
  readonly passwordHash: string;
}

/** `busy`: too many passwords are being checked already. */
type Verification = PasswordCheck | { readonly kind: "busy" };

/** Checks passwords. */
export interface PasswordVerifier {
  /** True when this password was found right within the last minutes and the account has the same hash still. */
  isKnown(account: Account, password: string): boolean;
  /** Compares in a time that does not tell whether there is an account. */
  verify(account: Account | null, password: string): Promise<Verification>;
}

const REMEMBER_MS = 5 * 60_000;
const MAX_REMEMBERED = 10_000;
// scrypt runs four at a time and takes some 140 ms: 64 in the queue are two seconds, and more only serve an attacker.
const MAX_PENDING = 64;

/**
 * Remembers which passwords were right: mail programs open five connections at once and a new one every few minutes, and each
 * scrypt costs 140 ms of a core. What is kept is an HMAC of account, stored hash and password under a key of this process,
 * so that a memory dump tells no more than the store does, and a changed password is forgotten by itself.
 */
export function createPasswordVerifier(options: {
  readonly clock: Clock;
  /** `verifyPassword` when absent. */
  readonly verify?: typeof verifyPassword;
}): PasswordVerifier {
  const { clock, verify = verifyPassword } = options;
  const key = randomBytes(32);
  /** HMAC and when it is forgotten, oldest first. */
  const known = new Map<string, number>();
  const underWay = new Map<string, Promise<PasswordCheck>>();
  let pending = 0;

  function digest(account: Account, password: string): string {
    const fields = JSON.stringify([account.id, account.passwordHash, password]);
    return createHmac("sha256", key).update(fields).digest("base64");
  }

  function remember(mac: string): void {
    const now = clock.now();
    known.delete(mac);
    known.set(mac, now + REMEMBER_MS);
    for (const [oldest, until] of known) {
      if (until > now && known.size <= MAX_REMEMBERED) break;
      known.delete(oldest);
    }
  }

  async function check(password: string, stored: string | null): Promise<PasswordCheck> {
    pending++;
    try {
      return await verify(password, stored);
    } finally {
      pending--;
    }
  }

  return {
    isKnown: (account, password) => (known.get(digest(account, password)) ?? 0) > clock.now(),
    async verify(account, password) {
      const mac = account === null ? null : digest(account, password);
      // Connections opened at once share one check, also of a wrong password.
      const shared = mac === null ? undefined : underWay.get(mac);
      if (shared !== undefined) return shared;
      if (pending >= MAX_PENDING) return { kind: "busy" };
      const checking = check(password, account?.passwordHash ?? null);
      if (mac === null) return checking;
      underWay.set(mac, checking);
      try {
        const result = await checking;
        if (result.kind === "match") remember(mac);
        return result;
      } finally {
        underWay.delete(mac);
      }
    },
  };
}
