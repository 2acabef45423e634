/** What SORT can order by (RFC 5256 §3), and the display names of RFC 5957. */
type SortKey = "ARRIVAL" | "CC" | "DATE" | "DISPLAYFROM" | "DISPLAYTO" | "FROM" | "SIZE" | "SUBJECT" | "TO";

/** One criterion of a SORT; the next one decides where this one finds no difference, in the end the UID, ascending. */
export interface SortCriterion {
  readonly key: SortKey;
  readonly reverse: boolean;
}
