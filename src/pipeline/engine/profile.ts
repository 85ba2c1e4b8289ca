import { PlayheadError } from '../../base/errors.ts';
import { either, suggestion } from '../../base/nearest.ts';
import type { KeySettings } from '../../govern/open-key-ring.ts';
import type { S3Settings } from '../../lake/s3/settings.ts';
import type { LineageEndpoint } from '../../observe/open-lineage/reporter.ts';
import type { NotifierSettings } from '../../observe/open-notifier.ts';
import type { KafkaSettings } from '../../stream/kafka/settings.ts';
import { kafkaShapes } from '../shape/kafka-shapes.ts';
import { lineageShapes, notifierShapes } from '../shape/notifier-shapes.ts';
import { s3Shapes } from '../shape/s3-shapes.ts';
import { flag, isObject, object, optional, type Problem, type Shape, text, wholeNumber } from '../shape/shape.ts';

/** Of a server: the command that starts it, named where nothing listens at its address. */
const startWith = optional(text);

/** The ports that a profile binds, each with its backends and the settings that a backend takes. */
const backends = {
  lake: {
    files: {
      /** Keeps what is replaced or deleted; default false. */
      versioning: optional(flag),
    },
    s3: { ...s3Shapes, startWith },
  },
  stream: { embedded: {}, kafka: { ...kafkaShapes, startWith } },
  catalog: { sqlite: {} },
  engine: {
    duckdb: {
      /** Bytes that DuckDB may use; default a share of the machine's memory. */
      memoryBytes: optional(wholeNumber({ min: 64 * 1024 ** 2 })),
      /** Default: the machine's cores. */
      threads: optional(wholeNumber({ min: 1, max: 1024 })),
    },
  },
  /** Where the master keys are; without it, PLAYHEAD_KEY_FILE and PLAYHEAD_KEY are looked at. */
  encryption: {
    file: { path: text, spoolBytes: optional(wholeNumber({ min: 1024 ** 2 })) },
    env: { variable: text, spoolBytes: optional(wholeNumber({ min: 1024 ** 2 })) },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Shape>>>>>>;

const lanesShape = wholeNumber({ min: 1, max: 1024 });

export type Port = keyof typeof backends;

export interface FilesLake {
  readonly backend: 'files';
  readonly versioning?: boolean;
}

export interface S3Lake extends S3Settings {
  readonly backend: 's3';
  /** How much disk copies of objects may take that DuckDB reads; default 20 GiB. */
  readonly cacheBytes?: number;
  readonly startWith?: string;
}

export interface KafkaLog extends KafkaSettings {
  readonly backend: 'kafka';
  readonly startWith?: string;
}

/** A backend for each port, with its settings: pure data, so that it can be written down and compared. Secrets by reference only. */
export interface Profile {
  readonly lake: FilesLake | S3Lake;
  readonly stream: { readonly backend: 'embedded' } | KafkaLog;
  readonly catalog: { readonly backend: 'sqlite' };
  readonly engine: { readonly backend: 'duckdb'; readonly memoryBytes?: number; readonly threads?: number };
  readonly encryption?: KeySettings;
  /** Over how many lanes deliveries go whose definition asks for fewer: so many processes can share one. Default 1. */
  readonly lanes?: number;
  /** The names that alarms' actions list, and who is told under each. Without it, all are told in a file of the home. */
  readonly notifiers?: Readonly<Record<string, NotifierSettings>>;
  /** Who is told of every run, in OpenLineage's events; nobody, where it is left out. */
  readonly lineage?: LineageEndpoint;
}

/** Everything in one process and one directory, no server: what runs unless a profile says otherwise. */
export const embeddedProfile: Profile = {
  lake: { backend: 'files' },
  stream: { backend: 'embedded' },
  catalog: { backend: 'sqlite' },
  engine: { backend: 'duckdb' },
};

/** What the servers for development write into the home that they are started for. */
const developmentProfile = 'services';
const howServersStart = 'In a checkout, `npm run services -- up kafka s3` starts servers and says which home has it.';

/**
 * The profile of that name: `embedded`, or one of the config's, whose ports stand in for the embedded ones.
 * PH_CONFIG_INVALID names the file, and every port, backend and setting that is not known; PH_USAGE a name that no profile
 * has.
 */
export function resolveProfile(
  name: string,
  profiles: Readonly<Record<string, unknown>>,
  fileOf: (name: string) => string | undefined = () => undefined,
): Profile {
  if (name === 'embedded' && !(name in profiles)) return embeddedProfile;
  const profile = profiles[name];
  if (profile === undefined) {
    const names = ['embedded', ...Object.keys(profiles)];
    const hint = name === developmentProfile ? howServersStart : suggestion(name, names);
    throw new PlayheadError('PH_USAGE', `no profile is called "${name}"`, { hint });
  }
  const problems = profileProblems(profile);
  if (problems.length > 0) {
    const file = fileOf(name);
    throw new PlayheadError(
      'PH_CONFIG_INVALID',
      `${file === undefined ? '' : `${file}: `}the profile ${name}\n${problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`,
      { details: { problems } },
    );
  }
  // Checked above: every port is known, has a backend of its own, and only settings that this backend takes.
  return { ...embeddedProfile, ...(profile as Partial<Profile>) };
}

function profileProblems(profile: unknown): readonly Problem[] {
  if (!isObject(profile)) return [{ path: '', message: 'expected an object: a backend for each port' }];
  const problems: Problem[] = [];
  const report = (problem: Problem): void => {
    problems.push(problem);
  };
  for (const [port, binding] of Object.entries(profile)) {
    if (port === 'notifiers') {
      if (!isObject(binding)) report({ path: port, message: 'expected an object: a backend for each name' });
      else
        for (const [name, each] of Object.entries(binding))
          checkBinding(each, notifierShapes, `${port}.${name}`, report);
    } else if (port === 'lanes') {
      lanesShape(binding, port, report);
    } else if (port === 'lineage') {
      checkBinding(binding, lineageShapes, port, report);
    } else if (port in backends) {
      // `port in backends` was just asked.
      checkBinding(binding, backends[port as Port], port, report);
    } else {
      const hint = suggestion(port, [...Object.keys(backends), 'lanes', 'notifiers', 'lineage']);
      report({ path: port, message: `unknown port. ${hint}` });
    }
  }
  return problems;
}

/** One binding: a backend that there is, and only settings that it takes. */
function checkBinding(
  binding: unknown,
  known: Readonly<Record<string, Readonly<Record<string, Shape>>>>,
  path: string,
  report: (problem: Problem) => void,
): void {
  const backend = isObject(binding) ? binding['backend'] : undefined;
  const settings = typeof backend === 'string' ? known[backend] : undefined;
  if (settings === undefined) {
    const found = backend === undefined ? 'missing' : `unknown backend ${JSON.stringify(backend)}`;
    report({ path: `${path}.backend`, message: `${found}: expected ${either(Object.keys(known))}` });
  } else {
    object({ backend: () => {}, ...settings })(binding, path, report);
  }
}
