import { ServiceError, type WireRequest } from '../service';

/** Throws ServiceError when a call is signed for a region that the emulated account does not live in. */
export function requireRegion(request: WireRequest, region: string): void {
  if (request.region === region) return;
  throw new ServiceError(
    'ValidationException',
    `The local emulator runs ${request.signingName} in ${region} only; this call is signed for ${request.region}. Use a client of ${region}.`,
  );
}
