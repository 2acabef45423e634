import { readAddress } from "@waxwing/outbound";
import { SUPPRESSION_REASONS, type Suppression } from "@waxwing/store";
import { formatCsvLine, parseCsvLine, readLines } from "./csv.ts";
import type { FieldProblem } from "./problems.ts";

/** What one import takes. */
export const IMPORT_ROWS = 100_000;
/** That many of the longest addresses, in quotes. */
export const IMPORT_BYTES = 32 * 1024 * 1024;
const MAX_PROBLEMS = 100;

interface SuppressionRow {
  readonly address: string;
  readonly reason: Suppression["reason"];
}

/** A file of suppressions, or what is wrong with it, by line. */
export type SuppressionFile =
  | { readonly kind: "rows"; readonly rows: readonly SuppressionRow[] }
  | { readonly kind: "invalid"; readonly errors: readonly FieldProblem[] };

/**
 * Reads a CSV of suppressions: with a header, the columns `address` (or `email`) and `reason` in any place, others are passed over;
 * without one, the address alone or address and reason. A reason that is missing is `manual`.
 */
export async function readSuppressionFile(stream: AsyncIterable<Uint8Array>): Promise<SuppressionFile> {
  const rows: SuppressionRow[] = [];
  const errors: FieldProblem[] = [];
  let columns = { address: 0, reason: 1 };
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
      const read = readAddress(fields?.[columns.address]?.trim() ?? "");
      const reason = fields?.[columns.reason]?.trim() || "manual";
      const known = SUPPRESSION_REASONS.find((name) => name === reason);
      if (fields === null) report("has quotes that do not match");
      else if (read.kind === "invalid") report(`has an address that ${read.reason}`);
      else if (known === undefined) report(`has a reason that is none of ${SUPPRESSION_REASONS.join(", ")}`);
      else rows.push({ address: read.address, reason: known });
      if (errors.length >= MAX_PROBLEMS) break;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    errors.push({ field: "body", message: error.message });
  }
  return errors.length > 0 ? { kind: "invalid", errors } : { kind: "rows", rows };
}

function readHeader(fields: readonly string[]): { readonly address: number; readonly reason: number } | null {
  const names = fields.map((name) => name.trim().toLowerCase());
  const address = names.findIndex((name) => name === "address" || name === "email");
  return address === -1 ? null : { address, reason: names.indexOf("reason") };
}

/** A CSV of suppressions that {@link readSuppressionFile} reads again, page by page as it is asked for. */
export async function* writeSuppressionFile(
  nextPage: (after: string | null) => Promise<readonly Suppression[]>,
): AsyncGenerator<string> {
  yield formatCsvLine(["address", "reason", "created_at"]);
  let after: string | null = null;
  for (;;) {
    const page: readonly Suppression[] = await nextPage(after);
    if (page.length === 0) return;
    yield page.map((row) => formatCsvLine([row.address, row.reason, row.createdAt.toISOString()])).join("");
    after = page.at(-1)?.address ?? null;
  }
}
