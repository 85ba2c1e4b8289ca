import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { rights } from './rights.ts';

const types = { topic: ResourceTypes.TOPIC, 'transactional-id': ResourceTypes.TRANSACTIONAL_ID };
const patterns = { literal: ResourcePatternTypes.LITERAL, prefixed: ResourcePatternTypes.PREFIXED };
const operations = {
  Create: AclOperations.CREATE,
  Describe: AclOperations.DESCRIBE,
  DescribeConfigs: AclOperations.DESCRIBE_CONFIGS,
  AlterConfigs: AclOperations.ALTER_CONFIGS,
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Delete: AclOperations.DELETE,
};

export type Operation = keyof typeof operations;

/** Gives a user every right but those left out, by a listener on which everything is allowed. */
export async function allow(broker: string, user: string, leftOut: readonly Operation[] = []): Promise<void> {
  const creations = rights.flatMap((right) =>
    right.operations
      .filter((operation) => !leftOut.includes(operation))
      .map((operation) => ({
        resourceType: types[right.on],
        resourceName: right.name,
        resourcePatternType: patterns[right.pattern],
        principal: `User:${user}`,
        host: '*',
        operation: operations[operation],
        permissionType: AclPermissionTypes.ALLOW,
      })),
  );
  const admin = new Admin({ clientId: 'playhead-services', bootstrapBrokers: [broker] });
  try {
    await admin.createAcls({ creations });
  } finally {
    await admin.close();
  }
}
