import { type EncodedContent, encodeContent, type StoredOptions } from "@waxwing/store";
import type { Submission } from "./accept.ts";
import { saysTlsIsOptional } from "./tls/tls-required-field.ts";
import { hasPlaceholder } from "./tracking/placeholders.ts";

/** A content ready to be stored. */
interface PreparedContent extends EncodedContent {
  readonly asksForUnsubscribe: boolean;
}

export type PrepareContent = (submission: Submission) => Promise<PreparedContent>;

/** Addresses and compresses the content of a submission, and looks at what its texts ask for. */
export const prepareContent: PrepareContent = async (submission) => {
  const { projectId } = submission;
  if (submission.kind === "mime") {
    const asksForUnsubscribe = hasPlaceholder(submission.mime);
    return { ...(await encodeContent(projectId, submission.mime)), asksForUnsubscribe };
  }
  const { content } = submission;
  return {
    ...(await encodeContent(projectId, Buffer.from(JSON.stringify(content)))),
    asksForUnsubscribe: [content.text, content.html, ...Object.values(content.sections ?? {})].some(
      hasPlaceholder,
    ),
  };
};

/** Prepares each content once, however many of the messages share it. */
export function sharedContents(): PrepareContent {
  const known = new Map<object, Promise<PreparedContent>>();
  return (submission) => {
    const key = submission.kind === "parts" ? submission.content : submission.mime;
    const content = known.get(key) ?? prepareContent(submission);
    known.set(key, content);
    return content;
  };
}

/** What a submission asks for beside its content, and by it: some words in text and header are wishes too. */
export function optionsOf(submission: Submission, content: PreparedContent): StoredOptions {
  const asked = unsubscribeOf(submission, content);
  if (submission.kind === "mime") return asked;
  const { custom } = submission.headers;
  const isOptional = custom.some(
    ([name, value]) => name.toLowerCase() === "tls-required" && saysTlsIsOptional(value),
  );
  return isOptional ? { ...asked, tlsOptional: true } : asked;
}

/** A message with a placeholder for an unsubscribe link asks for one, whether or not it says so beside it. */
function unsubscribeOf({ options }: Submission, { asksForUnsubscribe }: PreparedContent): StoredOptions {
  if (options.unsubscribe !== undefined) return options;
  const asks = asksForUnsubscribe || Object.values(options.substitutions ?? {}).some(hasPlaceholder);
  return asks ? { ...options, unsubscribe: {} } : options;
}
