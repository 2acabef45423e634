/** A PEM certificate chain and its PEM private key. */
export interface SmtpCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/**
 * Reads the certificate again for each connection and hands it on when it changed.
 *
 * @param read gives the current certificate; called once per connection, so it should answer from memory.
 * @param apply takes a new certificate into use, throws when it is none.
 * @param report hears why a new certificate was not taken; the old one stays in use.
 * @returns the function to call before each handshake; `false` while no certificate has been taken at all.
 */
export const createCertificateReload = (
  read: () => SmtpCertificate,
  apply: (certificate: SmtpCertificate) => void,
  report: (error: unknown) => void,
): (() => boolean) => {
  let current: SmtpCertificate | null = null;
  let refused: SmtpCertificate | null = null;
  const same = (a: SmtpCertificate, b: SmtpCertificate | null): boolean =>
    b !== null && String(a.cert) === String(b.cert) && String(a.key) === String(b.key);
  return () => {
    try {
      const next = read();
      // A broken file is reported once, not once per connection.
      if (same(next, current) || same(next, refused)) return current !== null;
      refused = next;
      apply(next);
      current = next;
      refused = null;
    } catch (error) {
      report(error);
    }
    return current !== null;
  };
};
