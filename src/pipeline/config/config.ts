import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { PipelineDefinition } from '../definition.ts';
import { isObject } from '../shape/shape.ts';
import { assertValid } from '../validate/validate.ts';
import type { Config } from './define-config.ts';
import { isPipeline, shippedPipelines } from './shipped.ts';
import { syntaxPlace } from './syntax-place.ts';

/** A config that was loaded and validated. */
export interface LoadedConfig {
  readonly pipelines: readonly PipelineDefinition[];
  readonly profiles: Readonly<Record<string, unknown>>;
  /** Which file declares each pipeline, by its name. */
  readonly files: ReadonlyMap<string, string>;
  /** Text of each module that a config of one's own is made of, by its path as messages show it. */
  readonly sources: ReadonlyMap<string, string>;
  /** The config file that names them; undefined where the shipped pipelines stand in. */
  readonly file?: string;
}

const configNames = ['playhead.config.ts', 'playhead.config.js', 'playhead.config.mjs'];
const configKeys = ['pipelines', 'profiles'];

/**
 * Loads the nearest `playhead.config.ts`, from the working directory upwards; without one, the pipelines that are
 * shipped with Playhead. Throws PH_CONFIG_INVALID with every problem of every definition.
 */
export async function loadConfig(workingDirectory: string): Promise<LoadedConfig> {
  const file = findConfig(workingDirectory);
  if (file === undefined) {
    const { pipelines, files } = await shippedPipelines(workingDirectory);
    assertValid(pipelines, files);
    return { pipelines, profiles: {}, files, sources: new Map() };
  }
  const shown = relative(workingDirectory, file) || file;
  const { module, sources } = await importConfig(file, shown);
  const config = configOf(module, shown);
  if (config.pipelines === undefined) {
    const { pipelines, files } = await shippedPipelines(workingDirectory);
    assertValid(pipelines, files);
    return { pipelines, profiles: config.profiles ?? {}, files, sources: new Map() };
  }
  const shownSources = new Map([...sources].map(([path, text]) => [relative(workingDirectory, path), text]));
  const files = new Map(config.pipelines.map(({ name }) => [name, declaringFile(name, shownSources) ?? shown]));
  assertValid(config.pipelines, files);
  return { pipelines: config.pipelines, profiles: config.profiles ?? {}, files, sources: shownSources, file };
}

function findConfig(workingDirectory: string): string | undefined {
  for (let folder = resolve(workingDirectory); ; folder = dirname(folder)) {
    const found = configNames.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

/**
 * Imports the config with `playhead` standing for the installation that runs it, so that a project needs no
 * `node_modules` of its own; notes the text of each module on the way, to name the file in messages.
 */
async function importConfig(
  file: string,
  shown: string,
): Promise<{ module: Readonly<Record<string, unknown>>; sources: ReadonlyMap<string, string> }> {
  const sources = new Map<string, string>();
  const entry = new URL(`../../index${extname(import.meta.filename)}`, import.meta.url).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'playhead' ? { url: entry, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => {
      const loaded = next(url, context);
      if (url.startsWith('file:') && loaded.source != null && !url.includes('/node_modules/'))
        sources.set(fileURLToPath(url), loaded.source.toString());
      return loaded;
    },
  });
  try {
    // A dynamic import has no type; what came is checked in configOf.
    return { module: (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>, sources };
  } catch (cause) {
    if (cause instanceof PlayheadError) throw cause;
    const place = syntaxPlace(cause);
    const where = place && `${relative(dirname(file), place.file)}:${place.line}:${place.column}: `;
    const reason = `${where ?? ''}${cause instanceof Error ? cause.message : String(cause)}`;
    throw new PlayheadError('PH_CONFIG_INVALID', `${shown} cannot be loaded: ${reason}`, {
      cause,
      ...(cause instanceof SyntaxError ? { hint: 'It is run as TypeScript whose types are erased: no enums.' } : {}),
    });
  } finally {
    hooks.deregister();
  }
}

function configOf(module: Readonly<Record<string, unknown>>, shown: string): Config {
  const config = module['config'] ?? module['default'];
  const invalid = (problem: string, hint?: string): PlayheadError =>
    new PlayheadError('PH_CONFIG_INVALID', `${shown}: ${problem}`, hint === undefined ? {} : { hint });
  if (!isObject(config)) {
    throw invalid('exports no config', 'Write: export const config = defineConfig({ pipelines: [/* yours */] });');
  }
  for (const key of Object.keys(config)) {
    if (!configKeys.includes(key)) throw invalid(`${key}: unknown setting`, suggestion(key, configKeys));
  }
  const { pipelines, profiles } = config;
  if (pipelines !== undefined && !(Array.isArray(pipelines) && pipelines.every(isPipeline)))
    throw invalid('pipelines: expected a list of what definePipeline returns');
  if (profiles !== undefined && !isObject(profiles))
    throw invalid('profiles: expected an object of names and profiles');
  return { ...(pipelines === undefined ? {} : { pipelines }), ...(profiles === undefined ? {} : { profiles }) };
}

/** The module whose text calls `definePipeline` with this name. */
function declaringFile(name: string, sources: ReadonlyMap<string, string>): string | undefined {
  const call = new RegExp(`definePipeline\\(\\s*(['"\`])${name}\\1`);
  return [...sources].find(([, source]) => call.test(source))?.[0];
}
