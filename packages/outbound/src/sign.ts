import type { Clock, SecretBox } from "@waxwing/runtime";
import { createSigningKey, createSigningThreads, type SigningKey, signMessage } from "@waxwing/seal";
import { type Database, dkimKeyContext, findDomainWithKeys } from "@waxwing/store";
import type { UnsignedMessage } from "./compose.ts";
import { signingKeys } from "./signing-keys.ts";

/** A message ready for the wire, and the host its bounces come back to. */
export interface SealedMessage {
  readonly raw: Buffer;
  readonly is8bit: boolean;
  readonly returnPathHost: string;
}

/** Signs messages of a domain with its newest key of each algorithm that is in the DNS. */
export type Signer = (domainId: string, message: UnsignedMessage) => Promise<SealedMessage>;

/** How long a domain's opened keys are used before they are read again: a rotation takes effect within this time. */
const KEYS_CACHE_MS = 30_000;
const CRLF = Buffer.from("\r\n");

/**
 * The signing stage. Keys are unsealed and parsed once per KEYS_CACHE_MS: parsing a PEM costs more than a signature.
 *
 * @param options.inThreads signatures are made on threads of their own (see createSigningThreads): for a process that sends much
 * @throws when the domain is gone or its keys cannot be unsealed (a wrong WAXWING_SECRET_KEY): the attempt is deferred.
 */
export function createSigner(options: {
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly inThreads?: { readonly onError: (error: Error) => void };
}): Signer {
  const { db, secretBox, clock } = options;
  const signWith = options.inThreads === undefined ? signMessage : createSigningThreads(options.inThreads);
  interface DomainSeal {
    readonly returnPathHost: string;
    readonly keys: readonly SigningKey[];
  }
  const cache = new Map<string, { readonly seal: Promise<DomainSeal>; readonly untilMs: number }>();

  const load = async (domainId: string): Promise<DomainSeal> => {
    const found = await findDomainWithKeys(db, domainId);
    if (found === null) throw new Error(`the sending domain ${domainId} is gone`);
    const { domain, keys } = found;
    if (keys.length === 0) throw new Error(`the sending domain ${domain.name} has no DKIM key in use`);
    return {
      returnPathHost: domain.returnPathHost,
      keys: signingKeys(keys).map((key) =>
        createSigningKey({
          domain: domain.name,
          selector: key.selector,
          privateKey: secretBox
            .open(key.sealedPrivateKey, dkimKeyContext(domain.name, key.selector))
            .toString(),
        }),
      ),
    };
  };

  const sealOf = (domainId: string): Promise<DomainSeal> => {
    const known = cache.get(domainId);
    if (known !== undefined && known.untilMs > clock.now()) return known.seal;
    const seal = load(domainId);
    cache.set(domainId, { seal, untilMs: clock.now() + KEYS_CACHE_MS });
    seal.catch(() => cache.delete(domainId));
    return seal;
  };

  return async (domainId, message) => {
    const { keys, returnPathHost } = await sealOf(domainId);
    const signature = await signWith({
      header: message.header,
      body: message.body,
      keys,
      now: new Date(clock.now()),
    });
    return {
      raw: Buffer.concat([Buffer.from(signature), message.header, CRLF, message.body]),
      is8bit: message.is8bit,
      returnPathHost,
    };
  };
}
