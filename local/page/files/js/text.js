// How numbers, sizes and times are written, and names with characters that are not seen.

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"];
const number = new Intl.NumberFormat("en");
const decimal = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const count = (value) => number.format(value);

/** Write "1 column", "9 columns". */
export const many = (value, noun, plural = `${noun}s`) => `${number.format(value)} ${value === 1 ? noun : plural}`;

/** Write a size, as `python -m local show` does: in powers of 1000. */
export function bytes(size) {
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return unit ? `${decimal.format(value)} ${UNITS[unit]}` : many(size, "byte");
}

/** Write a time of milliseconds since 1970 in the browser's time zone. */
export function time(milliseconds) {
  const at = new Date(milliseconds);
  const two = (value) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Show control characters, and those that turn the direction of the text, as escapes: a key may hold any. */
export function shown(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
}

const KINDS = {
  Table: "Table",
  View: "View",
  MaterialisedView: "Materialised view",
  TablePartition: "Partition",
  Column: "Column",
  S3Object: "Object",
  S3Bucket: "Bucket",
  S3Prefix: "Prefix",
  Process: "Process",
  ColumnProcess: "Column process",
};

/** Name a type of asset in words. */
export const kind = (type) => KINDS[type] ?? type;
