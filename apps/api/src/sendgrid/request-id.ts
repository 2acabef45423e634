/** A UUID as SendGrid's clients know the ids of requests and messages: 16 bytes in base64url, 22 characters (`X-Message-Id`). */
export function requestIdText(uuid: string): string {
  return Buffer.from(uuid.replaceAll("-", ""), "hex").toString("base64url");
}
