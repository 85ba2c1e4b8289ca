import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/**
 * What OpenLineage 2-0-2 asks of a run event and of the facets that are written here, put down anew from the specification
 * (openlineage.io/spec). Stricter than it in one thing: an event has no keys that it doesn't name.
 */
const text = { type: 'string', minLength: 1 };
const count = { type: 'integer', minimum: 0 };
const uri = { type: 'string', format: 'uri' };

const exactly = (required: Record<string, object>, optional: Record<string, object> = {}): object => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
});

const facet = (required: Record<string, object>, optional: Record<string, object> = {}): object =>
  exactly({ _producer: uri, _schemaURL: uri, ...required }, optional);

const facetOf = (own: Record<string, object>): object => ({
  type: 'object',
  properties: own,
  additionalProperties: false,
});

const transformation = exactly(
  { type: { enum: ['DIRECT', 'INDIRECT'] } },
  { subtype: text, description: { type: 'string' }, masking: { type: 'boolean' } },
);
const inputField = exactly(
  { namespace: text, name: text, field: text },
  { transformations: { type: 'array', items: transformation } },
);
const inputFields = { type: 'array', items: inputField };

const datasetFacets = facetOf({
  schema: facet({}, { fields: { type: 'array', items: exactly({ name: text }, { type: text, description: text }) } }),
  columnLineage: facet(
    { fields: { type: 'object', additionalProperties: exactly({ inputFields }) } },
    { dataset: inputFields },
  ),
});
const dataset = (own: Record<string, object>): object =>
  exactly({ namespace: text, name: text }, { facets: datasetFacets, ...own });

const inputFacets = facetOf({
  dataQualityMetrics: facet({ columnMetrics: { type: 'object' } }, { rowCount: count, bytes: count, fileCount: count }),
  dataQualityAssertions: facet({
    assertions: { type: 'array', items: exactly({ assertion: text, success: { type: 'boolean' } }, { column: text }) },
  }),
});
const outputFacets = facetOf({ outputStatistics: facet({}, { rowCount: count, size: count, fileCount: count }) });

const job = exactly(
  { namespace: text, name: text },
  {
    facets: facetOf({
      jobType: facet(
        { processingType: { enum: ['BATCH', 'STREAMING', 'SERVICE'] }, integration: text },
        { jobType: text },
      ),
      sql: facet({ query: text }, { dialect: text }),
    }),
  },
);
const run = exactly(
  { runId: { type: 'string', format: 'uuid' } },
  {
    facets: facetOf({
      errorMessage: facet({ message: text, programmingLanguage: text }, { stackTrace: text }),
      playhead_run: facet({ kind: text, trigger: text }),
    }),
  },
);

const event = {
  eventTime: { type: 'string', format: 'date-time' },
  producer: uri,
  schemaURL: {
    ...uri,
    pattern: '^https://openlineage\\.io/spec/2-0-2/OpenLineage\\.json#/\\$defs/(RunEvent|JobEvent)$',
  },
  job,
};
const ends = {
  inputs: { type: 'array', items: dataset({ inputFacets }) },
  outputs: { type: 'array', items: dataset({ outputFacets }) },
};

const patterns = {
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
} as const;

function compiled(schema: object): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: true });
  for (const [name, pattern] of Object.entries(patterns)) ajv.addFormat(name, pattern);
  return ajv.compile(schema);
}

const eventTypes = ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'];
const runEvent = compiled(exactly({ ...event, run }, { eventType: { enum: eventTypes }, ...ends }));
const jobEvent = compiled(exactly(event, ends));

const faults = (check: ValidateFunction, value: unknown): readonly string[] =>
  check(value) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

/** What is wrong with a run event; nothing, for a sound one. */
export const runEventFaults = (value: unknown): readonly string[] => faults(runEvent, value);
export const jobEventFaults = (value: unknown): readonly string[] => faults(jobEvent, value);
