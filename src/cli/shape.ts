/**
 * Checks that an answer has the shape it should have, field by field. A shape is data, and the
 * compiler holds it against the type it stands for. Fields that nobody knows are let through: a
 * newer daemon may say more.
 */

interface Optional<S> {
  readonly optional: S;
}

/** The shape of a type: a field that may be absent is marked, a list has the shape of its items. */
export type ShapeOf<T> = [T] extends [string]
  ? 'string'
  : [T] extends [number]
    ? 'number'
    : [T] extends [boolean]
      ? 'boolean'
      : [T] extends [readonly (infer Item)[]]
        ? readonly [ShapeOf<Item>]
        : {
            readonly [K in keyof T]-?: object extends Pick<T, K>
              ? Optional<ShapeOf<Exclude<T[K], undefined>>>
              : ShapeOf<T[K]>;
          };

type Shape = 'string' | 'number' | 'boolean' | readonly [Shape] | Optional<Shape> | Fields;
interface Fields {
  readonly [field: string]: Shape;
}

export type Guard<T> = (value: unknown) => value is T;

export function maybe<S>(shape: S): Optional<S> {
  return { optional: shape };
}

export function guard<T>(shape: ShapeOf<T>): Guard<T> {
  return (value): value is T => fits(value, shape as Shape);
}

function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') {
    return typeof value === shape;
  }
  if (Array.isArray(shape)) {
    return Array.isArray(value) && value.every((item) => fits(item, shape[0] as Shape));
  }
  return isObject(value) && hasFields(value, shape as Fields);
}

function hasFields(value: Readonly<Record<string, unknown>>, fields: Fields): boolean {
  return Object.entries(fields).every(([name, shape]) => {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!isOptional(shape)) return fits(field, shape);
    return field === undefined || fits(field, shape.optional);
  });
}

/** No message has a field of that name. */
function isOptional(shape: Shape): shape is Optional<Shape> {
  return isObject(shape) && Object.hasOwn(shape, 'optional');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
