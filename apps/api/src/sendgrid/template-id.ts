import { isId } from "@waxwing/runtime";

const DYNAMIC_PREFIX = "d-";
const HEX_32 = /^[0-9a-f]{32}$/;

/**
 * The id of the template that a text in SendGrid's form names: `d-` and 32 hexadecimal digits for a dynamic one, a UUID for a legacy
 * one. null for what can name none.
 */
export function readTemplateId(text: string): string | null {
  const bare = text.toLowerCase();
  const hex = bare.startsWith(DYNAMIC_PREFIX) ? bare.slice(DYNAMIC_PREFIX.length) : bare;
  if (!HEX_32.test(hex)) return isId(bare) ? bare : null;
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return isId(id) ? id : null;
}
