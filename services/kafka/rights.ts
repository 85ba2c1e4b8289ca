/** What Playhead asks of a cluster, by Kafka's own names: the least that it needs. docs/services.md lists the same. */
export const rights = [
  {
    on: 'topic',
    name: '*',
    pattern: 'literal',
    operations: ['Create', 'Describe', 'DescribeConfigs', 'AlterConfigs', 'Read', 'Write', 'Delete'],
  },
  { on: 'transactional-id', name: 'playhead-', pattern: 'prefixed', operations: ['Describe', 'Write'] },
] as const;
