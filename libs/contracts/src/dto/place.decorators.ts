import { Transform } from 'class-transformer';
import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isLatitude, isLongitude, wrapLongitude } from '../degrees.js';

/** A number of degrees from -90 to 90. */
export function Latitude(options?: ValidationOptions): PropertyDecorator {
  return all(
    Transform(({ value }: { value: unknown }) => (isLatitude(value) ? value + 0 : value)),
    ValidateBy(
      {
        name: 'latitude',
        validator: {
          validate: isLatitude,
          defaultMessage: () => '$property must be a number of degrees from -90 to 90',
        },
      },
      options,
    ),
  );
}

/** A number of degrees; the field then holds it from -180 and below 180. */
export function Longitude(options?: ValidationOptions): PropertyDecorator {
  return all(
    Transform(({ value }: { value: unknown }) =>
      isLongitude(value) ? wrapLongitude(value) : value,
    ),
    ValidateBy(
      {
        name: 'longitude',
        validator: {
          validate: isLongitude,
          defaultMessage: () => '$property must be a number of degrees from -180 to 180',
        },
      },
      options,
    ),
  );
}

function all(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
