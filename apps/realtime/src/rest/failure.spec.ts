import { BadRequestException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RequestError } from '#libs/contracts';
import { Page } from './envelope.js';
import { failureOf, internalFailure } from './failure.js';

describe('failures in the envelope', () => {
  it('[REST1] A refusal carries the HTTP name, our reason and when to come back', () => {
    expect(failureOf(new RequestError('RATE_LIMITED', { retryAfterMs: 1_500 }))).toEqual({
      status: 429,
      retryAfterMs: 1_500,
      envelope: {
        success: false,
        message: 'Too many requests. Wait retryAfterMs, then send again.',
        error: {
          code: 'Too Many Requests',
          reason: 'RATE_LIMITED',
          retryable: true,
          retryAfterMs: 1_500,
        },
      },
    });
  });

  it('[REST1] The exceptions of Nest keep their status and messages', () => {
    expect(failureOf(new BadRequestException(['a', 'b']))?.envelope).toMatchObject({
      message: ['a', 'b'],
      error: { code: 'Bad Request', reason: 'VALIDATION_FAILED' },
    });
    expect(failureOf(new NotFoundException('Cannot GET /x'))?.status).toBe(404);
  });

  it('[REST1] What fails inside tells nothing but that', () => {
    expect(failureOf(new Error('secret detail'))).toBeUndefined();
    expect(JSON.stringify(internalFailure())).not.toContain('secret');
    expect(internalFailure().envelope.error).toMatchObject({ reason: 'INTERNAL', retryable: true });
  });

  it('[REST1] A body parser error keeps its status and loses its text', () => {
    const error = Object.assign(new Error('Unexpected token in {"password":'), { status: 400 });
    expect(JSON.stringify(failureOf(error))).not.toContain('password');
  });

  it('[REST1] The meta of a page says what comes before and after', () => {
    expect(new Page(['a'], { total: 5, page: 2, limit: 2 }).meta).toEqual({
      total: 5,
      page: 2,
      limit: 2,
      pageCount: 3,
      hasNext: true,
      hasPrev: true,
      nextPage: 3,
      prevPage: 1,
    });
    expect(new Page([], { total: 0, page: 1, limit: 2 }).meta).toMatchObject({
      pageCount: 0,
      hasNext: false,
      hasPrev: false,
      nextPage: null,
      prevPage: null,
    });
  });
});
