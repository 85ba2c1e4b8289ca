import assert from 'node:assert/strict';
import { get } from 'node:https';
import { it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { newFolder, openGateway } from './open-gateway.ts';

/** Of 127.0.0.1, for a hundred years, made by `openssl req -x509 -newkey ec`: it opens nothing but this test. */
const cert = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUODkjLjiqa27N3ufLOJgduzibYyowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA0MzkxMloYDzIxMjYxMDMw
MDQzOTEyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQEgxYq/XzB8dp4QqFrWRCSzqXVyBlbEtqFH3R4lYf2RrdFRATb0EJ4
BebLRm6NngJgeJlNbOo9vTF1oLEP7PZWo2QwYjAdBgNVHQ4EFgQUL+CDxqDYWK+f
dCSW2nxNB09fwVYwHwYDVR0jBBgwFoAUL+CDxqDYWK+fdCSW2nxNB09fwVYwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IEXohkASLc4LukuX4adKIbPbhvP1QxUFVmKvmMa1PV34AiEArVp60R0RijC0/Nbl
Yb6pFjumpV3y34BLGm+w97MBqEg=
-----END CERTIFICATE-----`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgf7GKfgC+Gh1pliAB
E5cai87GdZToEx/MBNa6hsdrPl+hRANCAAQEgxYq/XzB8dp4QqFrWRCSzqXVyBlb
EtqFH3R4lYf2RrdFRATb0EJ4BebLRm6NngJgeJlNbOo9vTF1oLEP7PZW
-----END PRIVATE KEY-----`;

it('serves over TLS, and says so where a certificate is none', async (test) => {
  const folder = newFolder();
  test.after(folder.remove);
  const server = await openGateway({ folder: folder.path, tls: { cert, key } });
  test.after(() => server.end());
  const url = await server.listen('127.0.0.1', 0);
  assert.match(url, /^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${url}/healthz`, { ca: cert, agent: false }, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
  });
  assert.equal(status, 200);
  const other = newFolder();
  test.after(other.remove);
  await assert.rejects(openGateway({ folder: other.path, tls: { cert: 'no', key } }), (error) =>
    isPlayheadError(error, 'PH_USAGE'),
  );
});
