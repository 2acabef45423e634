/** What a listener tells its owner about connections; never a user's secret or a message's content. */
export type WireEvent =
  | { readonly kind: "tls-handshake-failed"; readonly remoteAddress: string; readonly cause: Error }
  | { readonly kind: "too-many-connections"; readonly remoteAddress: string }
  | { readonly kind: "connection-lost"; readonly remoteAddress: string; readonly cause: Error }
  | { readonly kind: "login-refused"; readonly remoteAddress: string; readonly username: string }
  | {
      readonly kind: "command-failed";
      readonly remoteAddress: string;
      readonly verb: string;
      readonly cause: unknown;
    }
  | { readonly kind: "session-crashed"; readonly remoteAddress: string; readonly cause: unknown }
  | { readonly kind: "listener-error"; readonly cause: Error };
