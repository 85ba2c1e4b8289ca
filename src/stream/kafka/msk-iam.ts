import { PlayheadError } from '../../base/errors.ts';

/** Signs tokens for MSK's IAM authentication with the credentials of AWS's standard chain; each is good for 15 minutes. */
export async function tokenFor(region: string): Promise<() => Promise<string>> {
  const signer = await import('aws-msk-iam-sasl-signer-js').catch((cause: unknown) => {
    throw new PlayheadError(
      'PH_DEPENDENCY_MISSING',
      'the profile asks for IAM on MSK, and its signer is not installed',
      {
        hint: 'npm install aws-msk-iam-sasl-signer-js',
        cause,
      },
    );
  });
  return async () => (await signer.generateAuthToken({ region })).token;
}
