import { KMSClient, KMSInvalidSignatureException, SignCommand, VerifyCommand } from '@aws-sdk/client-kms';
import { type Manifest, manifestHash, type SignedManifest } from './manifest';

export interface ManifestSigner {
  sign(manifest: Manifest): Promise<SignedManifest>;
  /** Whether the signature is of this manifest, by this signer's key. */
  holds(signed: SignedManifest): Promise<boolean>;
}

const ALGORITHM = { SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'DIGEST' } as const;

/** @param keyId ARN of an asymmetric KMS key (ECC_NIST_P256, SIGN_VERIFY). Its private half never leaves KMS. */
export function createManifestSigner(keyId: string, client = new KMSClient({})): ManifestSigner {
  const digestOf = (manifest: Manifest) => Buffer.from(manifestHash(manifest), 'hex');
  return {
    async sign(manifest) {
      const { Signature, KeyId } = await client.send(new SignCommand({ KeyId: keyId, Message: digestOf(manifest), ...ALGORITHM }));
      if (Signature === undefined) throw new Error('KMS gave no signature.');
      return { manifest, signature: Buffer.from(Signature).toString('base64'), key_id: KeyId ?? keyId };
    },
    async holds({ manifest, signature }) {
      try {
        const Signature = Buffer.from(signature, 'base64');
        const { SignatureValid } = await client.send(
          new VerifyCommand({ KeyId: keyId, Message: digestOf(manifest), Signature, ...ALGORITHM }),
        );
        return SignatureValid === true;
      } catch (error) {
        if (error instanceof KMSInvalidSignatureException) return false;
        throw error;
      }
    },
  };
}
