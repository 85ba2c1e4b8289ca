/** Files at the top of a home that more than their writer knows by name: who copies, erases or removes a home. */
export const homeFiles = {
  layout: 'layout.json',
  audit: 'audit.ndjson',
  auditHead: 'audit-head.sqlite',
  encryption: 'encryption.json',
  secret: 'hash.key',
  erased: 'erased.json',
} as const;
