import { ValidateBy } from 'class-validator';
import { bytesOf, cleanText } from '../text.js';

/** In UTF-8; a page is named and not described. */
const MAX_PAGE_BYTES = 256;

/** The page of an article of the older counter, which names them by number. */
export const blogPage = (blogId: string | number): string => `blog:${blogId}`;

/** The name of a page in its one spelling; undefined for what is none. */
function readPage(sent: unknown): string | undefined {
  const text = typeof sent === 'number' && Number.isSafeInteger(sent) ? String(sent) : sent;
  if (typeof text !== 'string' || text.length > MAX_PAGE_BYTES) return undefined;
  const page = cleanText(text).replaceAll(/\s+/g, ' ');
  return page !== '' && bytesOf(page) <= MAX_PAGE_BYTES ? page : undefined;
}

function IsPage(what: string): PropertyDecorator {
  return ValidateBy({
    name: 'page',
    validator: {
      validate: (value: unknown) => typeof value === 'string',
      defaultMessage: () => `${what} of 1 to ${MAX_PAGE_BYTES} bytes`,
    },
  });
}

/** `page:visit`: the one page that this client looks at from now on. */
export class PageVisitDto {
  /** Any name that the pages of a site have, e.g. its path. */
  @IsPage('page must be a text or a whole number')
  page: string;

  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    return { page: readPage(raw['page']) };
  }
}

/** `blogLiveCounts` of older clients: an object, or the same as JSON in a text. */
export class BlogLiveCountsDto {
  @IsPage('blog_id must be a text or a whole number')
  blog_id: string;

  static fromText(text: string): Record<string, unknown> {
    try {
      const read: unknown = JSON.parse(text);
      return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }

  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    return { blog_id: readPage(raw['blog_id']) };
  }
}
