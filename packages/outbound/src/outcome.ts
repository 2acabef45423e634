import type { Conversation } from "@waxwing/protocols";
import type { StoredTls, StoredTlsPolicy } from "@waxwing/store";

/**
 * What one delivery attempt came to. `unknown`: the whole message went out and the connection ended before the answer, the only
 * window in which a message may arrive twice.
 */
export interface DeliveryOutcome {
  readonly kind: "delivered" | "deferred" | "bounced" | "unknown";
  /** What the caller should do: try the next server now, try again later, or give up. */
  readonly retry: "other-host" | "later" | "never";
  /** SMTP reply code and RFC 3463 enhanced code; null where no server answered. */
  readonly replyCode: number | null;
  readonly enhancedCode: string | null;
  readonly reply: string;
  readonly host: string | null;
  readonly remoteAddress: string | null;
  /** Name of the egress source it left by; absent where the system chose the address. */
  readonly egress?: string;
  readonly tls: StoredTls | null;
  /** What TLS the host was asked for; absent where none was spoken to. */
  readonly tlsPolicy?: StoredTlsPolicy;
  /** The name of the rule that decided. */
  readonly rule: string;
  readonly remoteSpoke: boolean;
  /** What was said, bodies cut and secrets never in it; it becomes text when asked. Null where no connection was tried. */
  readonly conversation: Conversation | null;
}
