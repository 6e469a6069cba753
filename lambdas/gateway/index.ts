import { composeGateway } from './compose';
import { createLambdaHandler } from './handler';

export const handler = awslambda.streamifyResponse(createLambdaHandler(composeGateway(process.env)));
