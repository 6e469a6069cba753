import { invalid } from '../constraints';
import type { GuardrailDefinition } from './definition';

/** The guardrails of an account and region, with their versions. */
export class Guardrails {
  readonly #byId = new Map<string, Map<string, GuardrailDefinition>>();

  /** A guardrail as it stands: its version `DRAFT`. */
  put(id: string, definition: GuardrailDefinition): void {
    const versions = this.#byId.get(id) ?? new Map<string, GuardrailDefinition>();
    versions.set('DRAFT', definition);
    this.#byId.set(id, versions);
  }

  /** Keeps the guardrail as it stands under the next number. Undefined where there is none. */
  addVersion(id: string): string | undefined {
    const versions = this.#byId.get(id);
    const draft = versions?.get('DRAFT');
    if (versions === undefined || draft === undefined) return undefined;
    const version = String(versions.size);
    versions.set(version, draft);
    return version;
  }

  /** @throws ServiceError `ValidationException` for what is not there. */
  find(id: string, version: string): GuardrailDefinition {
    const definition = this.#byId.get(id)?.get(version);
    if (definition === undefined) throw invalid('The guardrail identifier or version provided in the request does not exist.');
    return definition;
  }
}
