import type { ContentPart } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { invalidField } from '../invalid-field';
import { requireCapability, unsupported } from '../refuse-unsupported';

const IMAGE = /^data:image\/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/]+={0,2}$/i;

/** Content that is not text: what the model can see and the gateway can price. @throws GatewayError `unsupported_field` or `invalid_request` */
export function checkContent(request: ModelRequest): void {
  for (const [index, { role, content }] of request.body.messages.entries()) {
    if (!Array.isArray(content)) continue;
    for (const [part, value] of content.entries()) checkPart(request, role, value, `messages[${index}].content[${part}]`);
  }
}

function checkPart(request: ModelRequest, role: string, part: ContentPart, path: string): void {
  if (part.type === 'text' || (part.type === 'refusal' && role === 'assistant')) return;
  const isImage = part.type === 'image_url' && role === 'user';
  if (!isImage)
    throw unsupported(`${path}.type`, request.model.id, `Allowed here: ${role === 'user' ? '`text` and `image_url`' : '`text`'}.`);
  requireCapability(request, path, ({ images }) => images, 'Leave the image out');
  checkImageUrl(part.image_url?.url ?? '', `${path}.image_url.url`, request.model.id);
}

/** A URL elsewhere would have the provider fetch it: one of our own network, perhaps. */
function checkImageUrl(url: string, path: string, modelId: string): void {
  if (/^https?:/i.test(url)) {
    throw unsupported(path, modelId, 'The gateway has nothing fetched: send the image itself, as `data:image/png;base64,…`.');
  }
  if (!IMAGE.test(url)) throw invalidField(path, 'is no image: send it as `data:image/png;base64,…`.');
}
