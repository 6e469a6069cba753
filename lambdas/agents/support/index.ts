import { serveAgent } from '../../core/agents';
import { support } from './agent';

export const handler = serveAgent(support);
