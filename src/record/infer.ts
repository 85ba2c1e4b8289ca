import type { Field, Fields, RecordType } from './type.ts';

/**
 * The TypeScript type of a record, as its JSON is read: `Infer<typeof Play>`. Timestamps and dates are ISO text;
 * decimals their text or a number; a 64-bit integer is a `bigint` where a number would not be exact.
 */
export type Infer<R extends RecordType> = InferFields<R['fields']>;

type InferFields<F extends Fields> = Flatten<
  { -readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: InferField<F[K]> } & {
    -readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: InferField<F[K]> | null;
  }
>;

type InferField<F> = F extends { readonly type: 'string' }
  ? F extends { readonly oneOf?: readonly (infer O)[] }
    ? O
    : string
  : F extends { readonly type: 'int' | 'double' }
    ? number
    : F extends { readonly type: 'bigint' }
      ? number | bigint
      : F extends { readonly type: 'decimal' }
        ? number | string
        : F extends { readonly type: 'boolean' }
          ? boolean
          : F extends { readonly type: 'timestamp' | 'date' }
            ? string
            : F extends { readonly type: 'list'; readonly of: infer Of extends Field }
              ? InferField<Of>[]
              : F extends { readonly type: 'struct'; readonly fields: infer Inner extends Fields }
                ? InferFields<Inner>
                : F extends { readonly type: 'map'; readonly values: infer Values extends Field }
                  ? Record<string, InferField<Values>>
                  : unknown;

type Flatten<T> = { [K in keyof T]: T[K] };
