import type { WireResponse } from '../service';

/** An error for a call that reached no service: XML for callers of the query protocol, who read nothing else, JSON for all others. */
export function unroutable(headers: Readonly<Record<string, string>>, status: number, code: string, message: string): WireResponse {
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const error = `<Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
    return { status, headers: { 'content-type': 'text/xml' }, body: `<ErrorResponse><Error>${error}</Error></ErrorResponse>` };
  }
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** Text that may stand in an XML element. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
