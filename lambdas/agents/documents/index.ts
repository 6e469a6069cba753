import { serveAgent } from '../../core/agents';
import { documents } from './agent';

export const handler = serveAgent(documents);
