/*
 * Rows as PostgreSQL reads them fastest: one parameter in the binary format, an array of a composite type. Read as JSON they cost a
 * third of the statements that accept and record (decision 53 of ARCHITECTURE.md): names to compare in every row, numbers, times and
 * ids to parse.
 *
 * The format is that of array_recv and record_recv in PostgreSQL's src/backend/utils/adt (arrayfuncs.c, rowtypes.c), and of the
 * `_recv` function of each column's type. All numbers are big-endian; a length of -1 is NULL.
 */

/** The types of columns, by their SQL names, and what they are made of. `timestamp with time zone`: Unix time in ms. */
interface ColumnValues {
  readonly uuid: string;
  readonly text: string;
  readonly integer: number;
  readonly smallint: number;
  readonly boolean: boolean;
  readonly "double precision": number;
  readonly "timestamp with time zone": number;
  /** Anything that JSON can say. */
  readonly jsonb: unknown;
  readonly bytea: Buffer;
  readonly "text[]": readonly string[];
  readonly "uuid[]": readonly string[];
}

type ColumnType = keyof ColumnValues;

/** A column: its name, its type and what a row has in it; null and undefined are NULL. */
type Column<Row> = {
  [Type in ColumnType]: readonly [
    name: string,
    type: Type,
    value: (row: Row) => ColumnValues[Type] | null | undefined,
  ];
}[ColumnType];

/** A composite type of the database (see row-types.ts), and how its columns come from a `Row`. */
export interface RowType<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
}

/** Of PostgreSQL's own types, which never change: src/include/catalog/pg_type.dat. */
const TYPE_OIDS = {
  uuid: 2950,
  text: 25,
  integer: 23,
  smallint: 21,
  boolean: 16,
  "double precision": 701,
  "timestamp with time zone": 1184,
  jsonb: 3802,
  bytea: 17,
  "text[]": 1009,
  "uuid[]": 2951,
} as const satisfies Record<ColumnType, number>;

/** What most rows come to, so that buffers seldom have to grow. */
const ROW_BYTES = 512;

/**
 * Encodes rows as the value of a parameter of type `<type.name>[]`.
 *
 * @param oid of the composite type, which each database has given it
 */
export function encodeRows<Row>(type: RowType<Row>, oid: number, rows: readonly Row[]): Buffer {
  const { columns } = type;
  const writer = createWriter(ARRAY_HEADER_BYTES + rows.length * ROW_BYTES);
  writer.arrayHeader(oid, rows.length);
  for (const row of rows) {
    const start = writer.begin();
    writer.int32(columns.length);
    for (const [, columnType, value] of columns) {
      writer.int32(TYPE_OIDS[columnType]);
      writer.value(columnType, value(row));
    }
    writer.end(start);
  }
  return writer.done();
}

const ARRAY_HEADER_BYTES = 20;

/** PostgreSQL counts time from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

function createWriter(capacity: number) {
  let buffer = Buffer.allocUnsafe(capacity);
  let view = viewOf(buffer);
  let at = 0;

  const reserve = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(at + bytes, buffer.length * 2));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
    view = viewOf(larger);
  };

  const int32 = (value: number): void => {
    reserve(4);
    view.setInt32(at, value);
    at += 4;
  };

  /** Makes room for the length of what follows; {@link end} writes it. */
  const begin = (): number => {
    int32(0);
    return at;
  };
  const end = (start: number): void => view.setInt32(start - 4, at - start);

  const arrayHeader = (elementOid: number, length: number): void => {
    int32(length === 0 ? 0 : 1);
    // No NULLs among the elements.
    int32(0);
    int32(elementOid);
    if (length === 0) return;
    int32(length);
    int32(1);
  };

  const characters = (text: string): void => {
    // A UTF-16 code unit is three octets of UTF-8 at most.
    reserve(text.length * 3);
    at += buffer.write(text, at);
  };

  const text = (value: string): void => {
    const start = begin();
    characters(value);
    end(start);
  };

  const uuid = (value: string): void => {
    int32(16);
    reserve(16);
    let seen = hasUsualForm(value) ? 0 : INVALID;
    for (const place of UUID_PLACES) {
      const high = NIBBLES[value.charCodeAt(place)] ?? INVALID;
      const low = NIBBLES[value.charCodeAt(place + 1)] ?? INVALID;
      seen |= high | low;
      buffer[at++] = (high << 4) | low;
    }
    if (seen >= INVALID) throw new TypeError(`not a UUID: ${JSON.stringify(value)}`);
  };

  const elements = (type: "text" | "uuid", values: readonly string[]): void => {
    const start = begin();
    arrayHeader(TYPE_OIDS[type], values.length);
    for (const value of values) writeValue[type](value);
    end(start);
  };

  const writeValue: { readonly [Type in ColumnType]: (value: ColumnValues[Type]) => void } = {
    uuid,
    text,
    integer: (value) => {
      int32(4);
      int32(value);
    },
    smallint: (value) => {
      int32(2);
      reserve(2);
      view.setInt16(at, value);
      at += 2;
    },
    boolean: (value) => {
      int32(1);
      reserve(1);
      buffer[at++] = value ? 1 : 0;
    },
    "double precision": (value) => {
      int32(8);
      reserve(8);
      view.setFloat64(at, value);
      at += 8;
    },
    "timestamp with time zone": (value) => {
      // Microseconds are beyond the integers of a double in the year 2285.
      const microseconds = BigInt(Math.trunc(value) - EPOCH_MS) * 1_000n;
      int32(8);
      reserve(8);
      view.setBigInt64(at, microseconds);
      at += 8;
    },
    jsonb: (value) => {
      const start = begin();
      reserve(1);
      // The version of the format.
      buffer[at++] = 1;
      characters(JSON.stringify(value));
      end(start);
    },
    bytea: (value) => {
      int32(value.length);
      reserve(value.length);
      at += value.copy(buffer, at);
    },
    "text[]": (values) => elements("text", values),
    "uuid[]": (values) => elements("uuid", values),
  };

  return {
    int32,
    begin,
    end,
    arrayHeader,
    value: <Type extends ColumnType>(type: Type, value: ColumnValues[Type] | null | undefined): void => {
      if (value === null || value === undefined) int32(-1);
      else writeValue[type](value);
    },
    done: (): Buffer => buffer.subarray(0, at),
  };
}

/** Where the two digits of each octet stand in the usual form, 8-4-4-4-12. */
const UUID_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const DASH = 0x2d;
const hasUsualForm = (uuid: string): boolean =>
  uuid.length === 36 &&
  uuid.charCodeAt(8) === DASH &&
  uuid.charCodeAt(13) === DASH &&
  uuid.charCodeAt(18) === DASH &&
  uuid.charCodeAt(23) === DASH;

/** Of what is no hexadecimal digit. */
const INVALID = 16;

const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase());
  return digit === -1 ? INVALID : digit;
});
