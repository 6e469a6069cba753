import { isJsonObject } from '../services/json-protocol';
import { physicalName, type ResourceRegistry, type StartedResource } from '../world';
import { noteUnevaluated } from './note-unevaluated';

const named = (properties: Readonly<Record<string, unknown>>): StartedResource => ({ ref: String(properties.Name), attributes: {} });

export const aossResources: ResourceRegistry = {
  'AWS::OpenSearchServerless::SecurityPolicy': (properties, { world, stack, logicalId }) => {
    const { Type: type, Policy: policy } = properties;
    if (type !== 'encryption' && type !== 'network') throw new Error(`its type is ${String(type)}; it takes encryption and network.`);
    const text = String(policy);
    (type === 'encryption' ? world.aoss.encryption : world.aoss.network).add(text);
    if (text.includes('"SourceVPCEs"')) {
      world.notEvaluated.add(
        `SourceVPCEs of ${stack.name}/${logicalId} (AWS::OpenSearchServerless::SecurityPolicy): calls from here are refused`,
      );
    }
    return named(properties);
  },
  'AWS::OpenSearchServerless::AccessPolicy': (properties, { world }) => {
    if (properties.Type !== 'data') throw new Error(`its type is ${String(properties.Type)}; it takes data.`);
    world.aoss.dataAccess.add(String(properties.Policy));
    return named(properties);
  },
  // Capacity is not emulated: everything answers at once, and nothing falls asleep.
  'AWS::OpenSearchServerless::CollectionGroup': (properties, context) => ({
    ref: physicalName(context),
    attributes: { Id: physicalName(context), Name: properties.Name },
  }),
  'AWS::OpenSearchServerless::Collection': (properties, context) => {
    const { world } = context;
    noteUnevaluated('AWS::OpenSearchServerless::Collection', properties, COLLECTION_PROPERTIES, context);
    const name = String(properties.Name);
    if (properties.Type !== 'VECTORSEARCH') throw new Error(`its type is ${String(properties.Type)}; only VECTORSEARCH is emulated.`);
    if (!world.aoss.encryption.covers(name)) {
      throw new Error(`no encryption policy covers the collection ${name} yet. Let it depend on one whose rules name it.`);
    }
    const { collection, path } = world.aoss.createCollection(name);
    const { id, arn } = collection.definition;
    return { ref: id, attributes: { Id: id, Arn: arn, Name: name, CollectionEndpoint: `${world.endpoint.url}${path}` } };
  },
  'AWS::OpenSearchServerless::Index': (properties, { world }) => {
    const { CollectionEndpoint: endpoint, IndexName, Mappings: mappings, Settings: settings } = properties;
    const name = String(IndexName);
    const collection = world.aoss.collectionAt(String(endpoint));
    if (collection === undefined) throw new Error(`there is no collection at its endpoint ${String(endpoint)}.`);
    const resource = `index/${collection.definition.name}/${name}`;
    if (!world.aoss.dataAccess.isAllowedToSomeone('aoss:CreateIndex', resource)) {
      throw new Error(`no data-access policy allows anyone aoss:CreateIndex on ${resource} yet: CloudFormation is refused, with 403.`);
    }
    world.aoss.createIndex(collection, name, { settings: inSnakeCase(settings), mappings: inSnakeCase(mappings) });
    return { ref: `${name}|${String(endpoint)}`, attributes: { Uuid: name } };
  },
};

const COLLECTION_PROPERTIES = ['CollectionGroupName', 'Description', 'Name', 'StandbyReplicas', 'Tags', 'Type'];

/** CloudFormation's names as OpenSearch's: `SpaceType` is `space_type`. Names of fields, below `Properties`, are one's own. */
function inSnakeCase(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(),
      name === 'Properties' && isJsonObject(member)
        ? Object.fromEntries(Object.entries(member).map(([field, definition]) => [field, inSnakeCase(definition)]))
        : inSnakeCase(member),
    ]),
  );
}
