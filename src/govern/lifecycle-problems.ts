import { type LifecycleDefinition, type LifecycleRule, type LifecycleTransition, storageClasses } from './lifecycle.ts';

/** Days that S3 wants an object to have been in S3 Standard before it goes to an infrequent-access class. */
const leastStandardDays = 30;
const infrequent: ReadonlySet<string> = new Set(['STANDARD_IA', 'ONEZONE_IA']);
const mostRules = 1000;
/** Every object has these, and no other. */
const objectTags = ['playhead:pipeline', 'playhead:table', 'playhead:kind'] as const;

/** What S3 would refuse, with the path of the setting. */
export function lifecycleProblems({ rules }: LifecycleDefinition): readonly { path: string; message: string }[] {
  const problems: { path: string; message: string }[] = [];
  if (rules.length > mostRules)
    problems.push({ path: 'rules', message: `${rules.length}, but S3 takes at most ${mostRules}` });
  const ids = new Set<string>();
  for (const [at, rule] of rules.entries()) {
    const report = (path: string, message: string): void => {
      problems.push({ path: `rules[${at}]${path === '' ? '' : `.${path}`}`, message });
    };
    if (ids.has(rule.id)) report('id', `another rule is called "${rule.id}" already`);
    ids.add(rule.id);
    checkFilter(rule, report);
    checkTransitions(rule, report);
    checkExpiration(rule, report);
  }
  return problems;
}

type Report = (path: string, message: string) => void;

function checkFilter(rule: LifecycleRule, report: Report): void {
  const { prefix, tags = {}, sizeGreaterThan, sizeLessThan } = rule;
  if (prefix.startsWith('/')) report('prefix', 'starts with "/": no key does');
  if (prefix.startsWith('_playhead/'))
    report('prefix', 'lies under _playhead/, which holds the commits that say what the lake is: no rule takes it');
  for (const name of Object.keys(tags))
    if (!objectTags.some((known) => known === name))
      report(`tags.${name}`, `no object has this tag: they have ${objectTags.join(', ')}`);
  if (sizeGreaterThan !== undefined && sizeLessThan !== undefined && sizeGreaterThan >= sizeLessThan - 1)
    report('sizeLessThan', `no size is above ${sizeGreaterThan} and below ${sizeLessThan}`);
  const filtered = Object.keys(tags).length > 0 || sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  if (rule.abortIncompleteUploadDays !== undefined && filtered)
    report(
      'abortIncompleteUploadDays',
      'an upload that is not complete has neither tags nor a size: filter by prefix alone',
    );
  if (rule.expiredDeleteMarkers && Object.keys(tags).length > 0)
    report('expiredDeleteMarkers', 'a delete marker has no tags: filter by prefix alone');
}

function checkTransitions({ transitions, expirationDays }: LifecycleRule, report: Report): void {
  const rank = ({ storageClass }: LifecycleTransition): number => storageClasses.indexOf(storageClass);
  const inOrder = [...transitions].sort((a, b) => a.days - b.days);
  for (const [at, move] of inOrder.entries()) {
    const path = `transitions[${transitions.indexOf(move)}]`;
    if (move.storageClass === 'STANDARD')
      report(`${path}.storageClass`, 'objects begin in STANDARD, and none moves back');
    if (infrequent.has(move.storageClass) && move.days < leastStandardDays)
      report(
        `${path}.days`,
        `${move.days}, but ${move.storageClass} takes objects of ${leastStandardDays} days and more`,
      );
    const before = inOrder[at - 1];
    if (before !== undefined) {
      if (rank(move) <= rank(before))
        report(
          `${path}.storageClass`,
          `${move.storageClass} does not come after ${before.storageClass}: classes only go down ${storageClasses.join(', ')}`,
        );
      if (move.days === before.days) report(`${path}.days`, `two moves at ${move.days} days`);
      else if (infrequent.has(before.storageClass) && move.days - before.days < leastStandardDays)
        report(
          `${path}.days`,
          `${move.days}, but objects stay in ${before.storageClass} for ${leastStandardDays} days at the least`,
        );
    }
    if (expirationDays !== undefined && expirationDays <= move.days)
      report(
        'expirationDays',
        `${expirationDays}, but the object moves to ${move.storageClass} at ${move.days} days: it must go later`,
      );
  }
}

function checkExpiration(rule: LifecycleRule, report: Report): void {
  const { expirationDays, expiredDeleteMarkers, noncurrentExpiration, abortIncompleteUploadDays, transitions } = rule;
  if (expirationDays !== undefined && expiredDeleteMarkers)
    report('expiredDeleteMarkers', 'expirationDays removes such markers already: say one of them');
  const acts = [expirationDays, noncurrentExpiration, abortIncompleteUploadDays].some((action) => action !== undefined);
  if (!acts && !expiredDeleteMarkers && transitions.length === 0) report('', 'does nothing: it has no action');
}
