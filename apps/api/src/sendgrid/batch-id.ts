/** Whether a text can be the id of a batch at all; what cannot is not looked up. */
export function isBatchId(text: string): boolean {
  return /^[\w-]{1,100}$/.test(text);
}
