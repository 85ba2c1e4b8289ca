import { secret } from './secret.ts';
import { list, named, optional, type Shape, text, wholeNumber } from './shape.ts';

const address: Shape = (value, path, report) => {
  if (typeof value !== 'string') return secret(value, path, report);
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) report({ path, message: 'expected an http or https address' });
  else if (url.username !== '' || url.password !== '' || url.search !== '')
    report({
      path,
      message: "holds credentials or a query: write it by reference, { env: 'NAME' } or { file: 'path' }",
    });
};

const timeoutMs = optional(wholeNumber({ min: 1 }));

const addressee = { url: address, headers: optional(named(secret)), timeoutMs };

/** The settings that each backend of a lineage endpoint takes. */
export const lineageShapes: Readonly<Record<string, Readonly<Record<string, Shape>>>> = { http: addressee };

/** The settings that each backend of a notifier takes. */
export const notifierShapes: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  webhook: addressee,
  command: { command: list(text, 1), env: optional(named(secret)), timeoutMs },
};
