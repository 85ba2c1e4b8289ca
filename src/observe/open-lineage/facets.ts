/** Who says so: OpenLineage asks for a URI in every event and facet. */
export const producer = 'urn:playhead';

const site = 'https://openlineage.io/spec';

/** A facet as OpenLineage has it: its figures beside who made it and which schema it follows. */
export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [name: string]: unknown;
}

/** The versions of the specification that are written. */
export const eventSchema = {
  run: `${site}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
  job: `${site}/2-0-2/OpenLineage.json#/$defs/JobEvent`,
} as const;

const facetSchemas = {
  schema: '1-1-1/SchemaDatasetFacet',
  columnLineage: '1-2-0/ColumnLineageDatasetFacet',
  outputStatistics: '1-0-2/OutputStatisticsOutputDatasetFacet',
  dataQualityMetrics: '1-0-2/DataQualityMetricsInputDatasetFacet',
  dataQualityAssertions: '1-0-1/DataQualityAssertionsDatasetFacet',
  jobType: '2-0-3/JobTypeJobFacet',
  sql: '1-0-1/SQLJobFacet',
  errorMessage: '1-0-1/ErrorMessageRunFacet',
} as const;

export type FacetName = keyof typeof facetSchemas;

export function facet(name: FacetName, figures: Readonly<Record<string, unknown>>): Facet {
  const [version = '', type = ''] = facetSchemas[name].split('/');
  return { _producer: producer, _schemaURL: `${site}/facets/${version}/${type}.json#/$defs/${type}`, ...figures };
}

/** A facet of our own: the specification asks for a prefix in its name, and for a schema's address. */
export function ownFacet(figures: Readonly<Record<string, unknown>>): Facet {
  return { _producer: producer, _schemaURL: `${site}/2-0-2/OpenLineage.json#/$defs/RunFacet`, ...figures };
}
