import { serveAgent } from '../../core/agents';
import { deploys } from './agent';

export const handler = serveAgent(deploys);
