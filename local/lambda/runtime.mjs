// One execution environment: what AWS's Node.js runtime does around a handler, inside a worker thread. Plain JavaScript, since no loader runs here.
// Response streaming as the runtime has it: `awslambda.streamifyResponse`, `HttpResponseStream.from`, and the prelude sent by the first write.
import { existsSync, readFileSync } from 'node:fs';
import { Module } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const PRELUDE_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
/** Between the prelude's JSON and the body. */
const PRELUDE_END = Buffer.alloc(8);

/** The stream that a handler writes its response to. A chunk counts as written once the other side has taken it. */
class ResponseStream extends Writable {
  constructor(requestId) {
    super({ highWaterMark: 64 * 1024 });
    this.requestId = requestId;
    this.contentType = undefined;
    this.onBeforeFirstWrite = undefined;
    this.started = false;
    this.pending = undefined;
  }

  setContentType(contentType) {
    if (this.started) throw new Error('Cannot set content-type, the response has started');
    this.contentType = contentType;
  }

  // The hook runs on the first write that the handler makes, and never on `end` alone.
  write(chunk, ...rest) {
    if (!this.started) {
      this.started = true;
      this.onBeforeFirstWrite?.((first) => super.write(first));
    }
    return super.write(chunk, ...rest);
  }

  _write(chunk, _encoding, callback) {
    this.pending = callback;
    parentPort.postMessage({ type: 'chunk', requestId: this.requestId, contentType: this.contentType, data: new Uint8Array(chunk) });
  }

  taken() {
    const callback = this.pending;
    this.pending = undefined;
    callback?.();
  }
}

globalThis.awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = options ?? true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType(PRELUDE_CONTENT_TYPE);
      const text = JSON.stringify(prelude);
      stream.onBeforeFirstWrite = (write) => {
        write(text);
        write(PRELUDE_END);
      };
      return stream;
    },
  },
};

const describe = (error) => ({
  errorType: error?.name ?? typeof error,
  errorMessage: error?.message ?? String(error),
  trace: typeof error?.stack === 'string' ? error.stack.split('\n') : [],
});

/** The handler's module, looked for in Lambda's order. */
async function load(folder, moduleName) {
  const extension = ['.js', '.mjs', '.cjs'].find((candidate) => existsSync(join(folder, moduleName + candidate)));
  if (!extension) throw new Error(`Cannot find module '${moduleName}'`);
  const file = join(folder, moduleName + extension);
  if (extension === '.mjs' || (extension === '.js' && saysModule(folder))) return import(pathToFileURL(file).href);
  // Compiled by hand: a package.json above the assembly, which Lambda would not see, could make it an ES module.
  const module = new Module(file);
  module.filename = file;
  module.paths = Module._nodeModulePaths(folder);
  module._compile(readFileSync(file, 'utf8'), file);
  return module.exports;
}

function saysModule(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).type === 'module';
}

let current;

async function invoke(handler, { requestId, event, deadlineMs, functionArn, traceHeader }) {
  process.env._X_AMZN_TRACE_ID = traceHeader;
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  const stream = new ResponseStream(requestId);
  current = stream;
  const finished = new Promise((resolve, reject) => stream.once('finish', resolve).once('error', reject));
  finished.catch(() => {});
  if (handler[STREAMING]) {
    await handler(JSON.parse(event), stream, context);
    // A handler that returns without ending its response leaves the caller waiting; the runtime ends it.
    if (!stream.writableEnded) stream.end();
  } else {
    const result = await handler(JSON.parse(event), context);
    stream.end(JSON.stringify(result ?? null));
  }
  await finished;
}

try {
  const [moduleName, exportName] = workerData.handler.split('.');
  const handler = (await load(workerData.folder, moduleName))[exportName];
  if (typeof handler !== 'function') throw new Error(`${workerData.handler} is undefined or not exported`);
  parentPort.on('message', (message) => {
    if (message.type === 'taken') return current?.taken();
    invoke(handler, message).then(
      () => parentPort.postMessage({ type: 'done', requestId: message.requestId }),
      (error) => parentPort.postMessage({ type: 'failed', requestId: message.requestId, error: describe(error) }),
    );
  });
  parentPort.postMessage({ type: 'ready' });
} catch (error) {
  parentPort.postMessage({ type: 'init-failed', error: describe(error) });
}
