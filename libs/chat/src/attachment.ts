import { cleanText, isWithinCharacters, RequestError, type ChatAttachment } from '#libs/contracts';

interface AttachmentLimits {
  /** Hosts that references may name; none for no attachments at all. */
  attachmentHosts: readonly string[];
  maxAttachmentBytes: number;
}

const LONGEST_URL = 2_048;
const LONGEST_NAME = 128;
const MIME_TYPE = /^[a-z]+\/[\w.+-]{1,100}$/;

/**
 * A reference to a file on one of the company's own hosts; the file itself is never fetched.
 * @throws RequestError VALIDATION_FAILED
 */
export function readAttachment(
  raw: Record<string, unknown> | null,
  { attachmentHosts, maxAttachmentBytes }: AttachmentLimits,
): ChatAttachment | undefined {
  if (raw === null) return undefined;
  const { url, type, size, name } = raw;
  const href = typeof url === 'string' && url.length <= LONGEST_URL ? parse(url) : undefined;
  if (!href || !attachmentHosts.includes(href.host))
    throw refused('attachment.url must be an https URL of an allowed host');
  if (typeof type !== 'string' || !MIME_TYPE.test(type))
    throw refused('attachment.type must be a MIME type like image/jpeg');
  if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > maxAttachmentBytes)
    throw refused(`attachment.size must be a whole number of bytes, ${maxAttachmentBytes} at most`);
  const shownName =
    typeof name === 'string' && isWithinCharacters(name, LONGEST_NAME) ? cleanText(name) : '';
  return {
    url: href.href,
    type,
    size: size as number,
    ...(shownName === '' ? {} : { name: shownName }),
  };
}

function parse(url: string): URL | undefined {
  const parsed = URL.parse(url);
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === ''
    ? parsed
    : undefined;
}

function refused(detail: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [detail] });
}
