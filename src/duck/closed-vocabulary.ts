/** Longer texts are sentences, titles, tokens. */
const longestWord = 24;

/** Of whom or which one a record is, or what there is ever more of: one that is new is no fault, and who it was is in no code. */
const open = new Set(
  `account address agent artist author birth birthday birthdate brand buyer card city client comment contact country
  customer description driver email employee family fax file first firstname forename given hash host iban id item key last
  lastname location login mail member message name nick nickname no note nr number owner passenger patient path person phone
  place player postcode product recipient region sender serial session sku ssn street student subject subscriber surname tel
  telephone text title token town url user username uuid viewer visitor zip`.split(/\s+/),
);

/** What kind a record is of, or how it stands: by such a name, a capitalized word is a value, and not somebody's name. */
const closed = new Set(
  `action audience category channel class color colour currency day device event format gender genre grade kind language level
  medium method mode month os outcome payment phase plan platform priority quality rating reason resolution result role season
  severity size sort stage state status tier type unit weekday`.split(/\s+/),
);

/**
 * Why the few texts of a field are not taken for a closed vocabulary, one whose next value would be a mistake; undefined where
 * they may be. In doubt they are not: a set that is missing lets pass, one that is wrong keeps each new customer out, and copies
 * the old ones into code.
 */
export function vocabularyDoubt(field: string, texts: readonly string[]): string | undefined {
  if (texts.some((text) => text.includes('@'))) return 'they look like e-mail addresses';
  if (texts.some((text) => text !== '' && !/\p{L}/u.test(text))) return 'they look like numbers';
  if (mostly(texts, isIdentifier)) return 'they look like identifiers';
  if (texts.some((text) => text.length > longestWord)) return 'they are long';
  const words = wordsOf(field);
  if (words.some((word) => open.has(word))) return 'by the name of the field, others will come';
  if (mostly(texts, isFullName)) return 'they look like names';
  if (mostly(texts, isCapitalized) && !words.some((word) => closed.has(word))) return 'they may be names';
  return undefined;
}

function mostly(texts: readonly string[], is: (text: string) => boolean): boolean {
  return texts.filter(is).length * 2 > texts.length;
}

/** `C-17`, `user12`, `9f86d081884c`: a number with a stem, or digits all over. */
function isIdentifier(text: string): boolean {
  return /^\D*\d+$/.test(text) || (text.length >= 8 && text.replaceAll(/\D/g, '').length >= 3);
}

function isFullName(text: string): boolean {
  return /^\p{Lu}[\p{L}\p{M}.'’-]*( \p{Lu}[\p{L}\p{M}.'’-]*)+$/u.test(text);
}

function isCapitalized(text: string): boolean {
  return /^\p{Lu}\p{Ll}/u.test(text);
}

/** `customerEmail_2` → customer, email. */
function wordsOf(field: string): readonly string[] {
  return (
    field
      .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  );
}
