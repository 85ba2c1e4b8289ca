/**
 * What can be wrong with a record. One set for every reader: the compiled validator, the line scanner and the typed
 * conversion in DuckDB name the same fault by the same rule.
 */
export const issueRules = {
  not_json: 'the line is not JSON',
  not_an_object: 'the line is JSON, but not one object',
  duplicate_key: 'an object holds the same key twice',
  lone_surrogate: 'a string escapes half of a surrogate pair',
  nul: 'a string holds a NUL character',
  invalid_utf8: 'the bytes are not UTF-8',
  missing: 'a required field is absent or null',
  unknown_field: 'the record type does not declare this field',
  wrong_case: 'the name differs from a declared field only in upper and lower case',
  wrong_type: 'the value has another type',
  not_whole: 'a whole number was expected',
  out_of_range: 'the number is outside the declared range, or does not fit the type',
  too_precise: 'the number has more decimals than the type holds',
  not_one_of: 'the value is not in the declared set',
  pattern: 'the text does not match the declared pattern',
  too_long: 'the text is longer than declared',
  format: 'the text does not have the declared form',
} as const;

export type IssueRule = keyof typeof issueRules;

/** Bad data is never an exception: it is a list of these. */
export interface Issue {
  /** Where: `place.city`, `tags[3]`; empty for the record as a whole. */
  readonly path: string;
  readonly rule: IssueRule;
  readonly expected: string;
  /** The value as JSON, cut to 100 characters. */
  readonly got: string;
}

/** `seconds: expected int, got "ten" (wrong_type)`: of a rule here, or of a check. */
export function formatIssue(issue: Omit<Issue, 'rule'> & { readonly rule: string }): string {
  const where = issue.path === '' ? '' : `${issue.path}: `;
  return `${where}expected ${issue.expected}, got ${issue.got} (${issue.rule})`;
}
