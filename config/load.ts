import { dev } from './environments/dev';
import { prod } from './environments/prod';
import { staging } from './environments/staging';
import { ConfigError, UnknownEnvironmentError } from './error';
import { nearest } from './nearest';
import { type PriceTable, priceTable } from './prices';
import { problemsOf } from './problems';
import { brokenRules } from './rules';
import { type EnvironmentConfig, environmentConfig } from './schema';

export { ConfigError } from './error';

/** A new environment: a file beside these, and its line here. */
const environments: Readonly<Record<string, unknown>> = { dev, staging, prod };

/**
 * The configuration of an environment, validated.
 *
 * @param option how the user named it, for the error message.
 * @throws ConfigError when there is no such environment, or its configuration cannot be deployed.
 */
export function loadEnvironment(name: string, option = `-c env=${name}`): EnvironmentConfig {
  const names = Object.keys(environments);
  if (!names.includes(name)) throw new UnknownEnvironmentError(option, names, nearest(name, names));
  const source = `config/environments/${name}.ts`;
  const config = validateEnvironment(environments[name], source);
  if (config.name !== name) {
    // Two environments of one name would deploy over each other.
    throw new ConfigError(source, [
      { path: 'name', message: `found "${config.name}"; it must be "${name}", the name that it is loaded by` },
    ]);
  }
  return config;
}

/**
 * A configuration from anywhere, validated.
 *
 * @param source the file that it comes from, for the error message.
 * @throws ConfigError which lists every problem.
 */
export function validateEnvironment(raw: unknown, source: string, prices: PriceTable = priceTable): EnvironmentConfig {
  const problems = [...problemsOf(environmentConfig, raw), ...brokenRules(raw, prices)];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return environmentConfig.parse(raw);
}
