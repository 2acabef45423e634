/** RFC 8689 §5: `No` is the one value that `TLS-Required` has; what else stands there says nothing. */
export const saysTlsIsOptional = (value: string): boolean => /^\s*no\s*$/i.test(value);
