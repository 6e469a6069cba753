import { serveAgent } from '../../core/agents';
import { churn } from './agent';

export const handler = serveAgent(churn);
