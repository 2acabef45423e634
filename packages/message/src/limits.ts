/**
 * Every bound this package puts on what it reads, in one place, each with its reason. Input is hostile: a bound
 * is what keeps one message from costing more memory or time than its own size.
 */
export const messageLimits = {
  /** RFC 5321 §4.5.3.1.1, octets. */
  localPartBytes: 64,
  /** RFC 5321 §4.5.3.1.3 allows a path of 256 octets with its angle brackets, so the address inside has 254. */
  addressBytes: 254,
  /** RFC 1035 §2.3.4: 255 octets on the wire, which is 253 characters of text. */
  domainBytes: 253,
  /** RFC 1035 §2.3.4. */
  domainLabelBytes: 63,
  /** A display name has no limit of its own; longer than this it is no name but an attempt to bury the address. */
  displayNameChars: 512,
  /** Mailboxes in one list given to us by an application. */
  mailboxListEntries: 1_000,
  /** RFC 5322 §2.1.1: a line SHOULD have at most 78 characters. */
  headerLineSoftChars: 78,
  /** RFC 5322 §2.1.1: a line MUST have at most 998 octets. Also the limit of 7bit and 8bit bodies, RFC 2045 §2.7. */
  lineHardBytes: 998,
  /** RFC 2047 §2: a line with an encoded-word has at most 76 characters. */
  encodedWordLineChars: 76,
  /** RFC 2047 §2: an encoded-word has at most 75. */
  encodedWordChars: 75,
  /** Postfix's header_size_limit is 100 KB and Gmail's 500 KB; what lies beyond a megabyte nobody reads. */
  headerBytes: 1_048_576,
  /** A field costs about 300 bytes of heap whatever its size, so a megabyte of `a:` lines is bounded by count. */
  headerFields: 5_000,
  /** Deeper parts are kept as one opaque part: no real message nests past ten (Postfix's mime_nesting_limit is 100). */
  mimeDepth: 100,
  /** Further parts stay inside the last one: BODYSTRUCTURE is stored, and a part costs 500 bytes of it. */
  mimeParts: 1_000,
  /** RFC 2046 §5.1.1 gives a boundary 70 characters; some senders go over, none past this. */
  boundaryChars: 256,
  /** Parameters of one Content-Type or Content-Disposition, continuations (RFC 2231) included. */
  parameters: 64,
  /** Characters of one Content-Type or Content-Disposition that are read. */
  parameterTextChars: 16_384,
  /** Addresses of one field kept in an ENVELOPE. */
  envelopeAddresses: 1_000,
  /** Characters of one header value that are decoded from RFC 2047. */
  decodedHeaderChars: 65_536,
  /** Message-IDs kept from References: threading looks at the last few, and at the first. */
  references: 100,
  /** Bytes of a text part that are read to make its preview. */
  previewSourceBytes: 16_384,
  /** Characters of the preview. */
  previewChars: 200,
  /** Bytes of a delivery-status or feedback-report part that are read. */
  reportBytes: 262_144,
  /** Recipients read from one delivery report, and addresses from one complaint. */
  reportRecipients: 1_000,
} as const;
