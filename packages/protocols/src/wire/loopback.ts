/** True for 127.0.0.0/8 and ::1, also when the former is mapped into IPv6 (RFC 4291 §2.5.5.2). */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}
