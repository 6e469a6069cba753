import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { TestGateway } from './ports';

export interface ServedGateway {
  readonly url: string;
  close(): void;
}

/** A gateway behind an HTTP server, for clients that want one. */
export async function serve(gateway: Pick<TestGateway, 'request'>): Promise<ServedGateway> {
  const server = createServer(async (incoming, outgoing) => {
    const hasBody = incoming.method === 'POST';
    const response = await gateway.request(incoming.url ?? '/', {
      method: incoming.method,
      headers: incoming.headers as Record<string, string>,
      ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
    });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    for await (const chunk of response.body ?? []) outgoing.write(chunk);
    outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
