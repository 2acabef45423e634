import { readAddress } from "@waxwing/outbound";
import { SUPPRESSION_REASONS, type Suppression, type SuppressionKey } from "@waxwing/store";
import { formatCsvLine, parseCsvLine, readLines } from "./csv.ts";
import { readInstant } from "./instant.ts";
import type { FieldProblem } from "./problems.ts";

/** What one import takes. */
export const IMPORT_ROWS = 100_000;
/** That many of the longest addresses, in quotes. */
export const IMPORT_BYTES = 32 * 1024 * 1024;
const MAX_PROBLEMS = 100;

const COLUMNS = ["address", "reason", "group", "expires_at"] as const;
type Column = (typeof COLUMNS)[number];

type SuppressionRow = SuppressionKey & { readonly expiresAt: Date | null };

/** A file of suppressions, or what is wrong with it, by line. */
export type SuppressionFile =
  | { readonly kind: "rows"; readonly rows: readonly SuppressionRow[] }
  | { readonly kind: "invalid"; readonly errors: readonly FieldProblem[] };

/**
 * Reads a CSV of suppressions: with a header, the columns `address` (or `email`), `reason`, `group` and `expires_at` in any place,
 * others are passed over; without one, the address alone or address and reason. A reason that is missing is `manual`, or with a
 * group `unsubscribed`.
 *
 * @param groups the project's unsubscribe groups, which alone can be named
 */
export async function readSuppressionFile(
  stream: AsyncIterable<Uint8Array>,
  groups: ReadonlySet<number>,
): Promise<SuppressionFile> {
  const rows: SuppressionRow[] = [];
  const errors: FieldProblem[] = [];
  let columns: ReadonlyMap<Column, number> = new Map([
    ["address", 0],
    ["reason", 1],
  ]);
  let number = 0;
  try {
    for await (const line of readLines(stream, IMPORT_BYTES)) {
      number++;
      if (line.trim() === "") continue;
      const report = (message: string): number => errors.push({ field: `line ${number}`, message });
      const fields = parseCsvLine(line);
      const header = number === 1 ? readHeader(fields ?? []) : null;
      if (header !== null) {
        columns = header;
        continue;
      }
      if (rows.length >= IMPORT_ROWS) {
        report(`is one too many: at most ${IMPORT_ROWS} addresses are taken`);
        break;
      }
      const row = fields === null ? "has quotes that do not match" : readRow(fields, columns, groups);
      if (typeof row === "string") report(row);
      else rows.push(row);
      if (errors.length >= MAX_PROBLEMS) break;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    errors.push({ field: "body", message: error.message });
  }
  return errors.length > 0 ? { kind: "invalid", errors } : { kind: "rows", rows };
}

/** A row, or what is wrong with it. */
function readRow(
  fields: readonly string[],
  columns: ReadonlyMap<Column, number>,
  groups: ReadonlySet<number>,
): SuppressionRow | string {
  const field = (column: Column): string => fields[columns.get(column) ?? -1]?.trim() ?? "";
  const read = readAddress(field("address"));
  if (read.kind === "invalid") return `has an address that ${read.reason}`;
  const groupId = field("group") === "" ? 0 : Number(field("group"));
  if (groupId !== 0 && !groups.has(groupId)) return "has a group that this project does not have";
  const reason = field("reason") || (groupId === 0 ? "manual" : "unsubscribed");
  const known = SUPPRESSION_REASONS.find((name) => name === reason);
  if (known === undefined) return `has a reason that is none of ${SUPPRESSION_REASONS.join(", ")}`;
  if (groupId !== 0 && known !== "unsubscribed") return "has a group and a reason other than unsubscribed";
  const expiresAt = field("expires_at") === "" ? null : readInstant(field("expires_at"));
  if (field("expires_at") !== "" && expiresAt === null)
    return "has an expires_at that is not ISO 8601 with offset";
  return { address: read.address, reason: known, groupId, expiresAt };
}

function readHeader(fields: readonly string[]): ReadonlyMap<Column, number> | null {
  const names = fields
    .map((name) => name.trim().toLowerCase())
    .map((name) => (name === "email" ? "address" : name));
  if (!names.includes("address")) return null;
  return new Map(COLUMNS.map((column) => [column, names.indexOf(column)]));
}

/** A CSV of suppressions that {@link readSuppressionFile} reads again, page by page as it is asked for. */
export async function* writeSuppressionFile(
  nextPage: (after: SuppressionKey | null) => Promise<readonly Suppression[]>,
): AsyncGenerator<string> {
  yield formatCsvLine(["address", "reason", "created_at", "group", "expires_at"]);
  let after: SuppressionKey | null = null;
  for (;;) {
    const page: readonly Suppression[] = await nextPage(after);
    if (page.length === 0) return;
    yield page.map((row) => formatCsvLine(fieldsOf(row))).join("");
    after = page.at(-1) ?? null;
  }
}

function fieldsOf(row: Suppression): string[] {
  const { address, reason, groupId, createdAt, expiresAt } = row;
  const group = groupId === 0 ? "" : String(groupId);
  return [address, reason, createdAt.toISOString(), group, expiresAt?.toISOString() ?? ""];
}
