import type { Effects } from '../../base/effects.ts';
import { jsonText } from '../../record/parse-json.ts';
import type { PersonFinder } from './person-finder.ts';
import { parsedJson, redactedJson } from './redact-json.ts';

/** Of a document that is parsed as a whole. A larger one stays as it is, and the verification says so. */
const mostDocumentBytes = 64 * 1024 * 1024;

/**
 * A JSON document without a person: an element of a list goes where it is the id, or a record whose field has it; anywhere
 * else the mark stands for the id, so that a document keeps its form. Undefined where all of it is such a record.
 */
export function withoutPerson(document: unknown, finder: PersonFinder): unknown {
  return isAbout(document, finder) ? undefined : redactedJson(withoutElements(document, finder), finder);
}

function withoutElements(value: unknown, finder: PersonFinder): unknown {
  if (Array.isArray(value))
    return value.filter((each) => !isAbout(each, finder)).map((each) => withoutElements(each, finder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withoutElements(idsLeftOut(name, each, finder), finder)]),
  );
}

/** A list under the person's field is one of ids, however short they are. */
function idsLeftOut(name: string, value: unknown, finder: PersonFinder): unknown {
  return Array.isArray(value) ? value.filter((each) => !finder.isValue(name, each)) : value;
}

function isAbout(value: unknown, finder: PersonFinder): boolean {
  if (typeof value !== 'object' || value === null) return finder.isTelling && value === finder.person.value;
  return !Array.isArray(value) && Object.entries(value).some(([name, each]) => finder.isValue(name, each));
}

/** Rewrites a file that is one JSON document; nothing is left in one that is a record about the person. */
export async function rewriteDocument(
  path: string,
  finder: PersonFinder,
  { fs }: Effects,
): Promise<'rewritten' | 'too large' | 'no document'> {
  const { size, mode } = await fs.stat(path);
  if (size > mostDocumentBytes) return 'too large';
  const text = await fs.readFile(path, 'utf8');
  const document = parsedJson(text);
  if (document === undefined) return 'no document';
  const left = withoutPerson(document, finder);
  const [, indent] = /^[[{]\r?\n([ \t]+)/.exec(text) ?? [];
  const end = text.endsWith('\n') ? '\n' : '';
  const aside = `${path}.erasing`;
  await fs.writeFile(aside, left === undefined ? '' : `${jsonText(left, indent)}${end}`, { flush: true, mode });
  await fs.rename(aside, path);
  return 'rewritten';
}
