import type { EpochUnit } from './epoch.ts';
import type { Field, Fields } from './type.ts';

/** Domain of a string: what JSON Schema calls pattern, enum and format. */
interface StringRules<O extends string> {
  /** A regular expression that both JavaScript and RE2 (DuckDB) know: no look-around, no back-references. */
  pattern?: string;
  oneOf?: readonly O[];
  /** Unicode characters. */
  maxLength?: number;
  format?: 'iso-timestamp' | 'iso-date' | 'ipv4' | 'uuid';
  description?: string;
}

interface NumberRules {
  min?: number;
  max?: number;
  description?: string;
}

interface Described {
  description?: string;
}

/**
 * Builders of fields: each returns the plain data of `type.ts`, typed narrowly enough for `Infer`.
 *
 *     const Play = defineRecord('play', {
 *       fields: {
 *         id: field.string({ pattern: '^PLAY_[0-9]+$' }),
 *         device: field.string({ oneOf: ['tv', 'web'] }),
 *         seconds: field.int({ min: 0 }),
 *         note: field.optional(field.string()),
 *       },
 *     });
 */
export const field = {
  string<const O extends string = string>(rules: StringRules<O> = {}) {
    return { type: 'string', ...rules } as const;
  },
  /** 32 bits. */
  int(rules: NumberRules = {}) {
    return { type: 'int', ...rules } as const;
  },
  /**
   * 64 bits. JSON numbers over 2^53 are exact in columns, and `bigint` in JavaScript. With `epoch` it is an instant,
   * counted in this unit since 1970: jobs can divide by it.
   */
  bigint(rules: NumberRules & { epoch?: EpochUnit } = {}) {
    return { type: 'bigint', ...rules } as const;
  },
  double(rules: NumberRules = {}) {
    return { type: 'double', ...rules } as const;
  },
  /** Exact, `precision` digits in all (at most 38), `scale` of them after the point. In JSON a number or its text. */
  decimal(precision: number, scale: number, rules: Described = {}) {
    return { type: 'decimal', precision, scale, ...rules } as const;
  },
  boolean(rules: Described = {}) {
    return { type: 'boolean', ...rules } as const;
  },
  /** An instant; ISO 8601 text in JSON, microseconds UTC in columns. */
  timestamp(rules: Described = {}) {
    return { type: 'timestamp', ...rules } as const;
  },
  /** `2025-08-11`. */
  date(rules: Described = {}) {
    return { type: 'date', ...rules } as const;
  },
  /** Any JSON value; its text in columns. */
  json(rules: Described = {}) {
    return { type: 'json', ...rules } as const;
  },
  list<const F extends Field>(of: F, rules: Described = {}) {
    return { type: 'list', of, ...rules } as const;
  },
  struct<const F extends Fields>(fields: F, rules: Described = {}) {
    return { type: 'struct', fields, ...rules } as const;
  },
  /** Keys are strings. */
  map<const F extends Field>(values: F, rules: Described = {}) {
    return { type: 'map', values, ...rules } as const;
  },
  /** May be absent or null. */
  optional<const F extends Field>(of: F) {
    return { ...of, optional: true } as const;
  },
};
