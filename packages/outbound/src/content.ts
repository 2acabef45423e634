/** An attachment as the API took it: the content stays base64, which is what the wire needs again. */
export interface AttachmentContent {
  readonly filename: string;
  readonly type: string;
  readonly disposition: "attachment" | "inline";
  readonly contentId?: string;
  /** Base64 without line breaks. */
  readonly content: string;
}

/** What an HTTP message says: the document behind `content_kind = 'parts'`. Messages that say the same share it. */
export interface PartsContent {
  readonly text?: string;
  readonly html?: string;
  /** The message shall have a text part, made from the html while composing. */
  readonly makeText?: true;
  /** Further forms of the same, after the html, e.g. `text/calendar`. */
  readonly alternatives?: readonly { readonly type: string; readonly value: string }[];
  /** Texts that the substitutions of a message can name. */
  readonly sections?: Readonly<Record<string, string>>;
  readonly attachments: readonly AttachmentContent[];
}
