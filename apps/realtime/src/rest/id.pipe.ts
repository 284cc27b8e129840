import { Injectable, type PipeTransform } from '@nestjs/common';
import { ID_PATTERN, RequestError } from '#libs/contracts';

/** Lets nothing into a Redis key that is no id. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (ID_PATTERN.test(value)) return value;
    throw new RequestError('VALIDATION_FAILED', {
      message: 'An id has 1 to 64 letters, digits, _ or -.',
    });
  }
}
