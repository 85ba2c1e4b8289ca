import { isObject, object, type Shape, text } from './shape.ts';

/** Where a secret is, never the secret: definitions and profiles are written down, and messages about them shown. */
export const secret: Shape = (value, path, report) => {
  if (isObject(value) && 'env' in value) object({ env: text })(value, path, report);
  else if (isObject(value) && 'file' in value) object({ file: text })(value, path, report);
  else report({ path, message: "a secret stands by reference only: { env: 'NAME' } or { file: 'path' }" });
};
