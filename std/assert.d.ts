/**
 * Types for the plain JavaScript behind `@std/assert`. They promise no more than the types of the JSR package do,
 * so what checks against these checks against those.
 */

/** A class, abstract or not, whose instances are of type `T`. */
type ClassOf<T> = abstract new (...args: never[]) => T;

/** What an assertion that does not hold throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions);
}

/** The values that count as false. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

/** An array, or an object that looks like one (a string does not count). */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

/**
 * Whether two values are equal all the way down.
 * @throws {TypeError} for a `WeakMap` or `WeakSet`, which cannot be looked into.
 */
export function equal(a: unknown, b: unknown): boolean;

/** @throws {AssertionError} unless `expr` counts as true. */
export function assert(expr: unknown, msg?: string): asserts expr;

/** @throws {AssertionError} unless `expr` counts as false. */
export function assertFalse(expr: unknown, msg?: string): asserts expr is Falsy;

/** @throws {AssertionError} unless the two are equal all the way down. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;

/** @throws {AssertionError} when the two are equal all the way down. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;

/** @throws {AssertionError} unless the two are the same value (`Object.is`). */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;

/** @throws {AssertionError} when the two are the same value (`Object.is`). */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;

/**
 * Takes numbers that differ by no more than `tolerance`, which is a ten-millionth of `expected` where it is not given.
 * @throws {AssertionError} when they are further apart.
 */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void;

/** @throws {AssertionError} for `null` and `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;

/** @throws {AssertionError} unless `actual` is an instance of the class. */
export function assertInstanceOf<T extends ClassOf<unknown>>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is T extends ClassOf<infer Instance> ? Instance : never;

/** @throws {AssertionError} when `actual` is an instance of the class. */
export function assertNotInstanceOf<A, T>(
  actual: A,
  unexpectedType: ClassOf<T>,
  msg?: string,
): asserts actual is Exclude<A, T>;

/** @throws {AssertionError} unless `error` is an error, of that class, whose message holds or matches `msgMatches`. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: ClassOf<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E;

/** @throws {AssertionError} unless `actual` is above `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void;

/** @throws {AssertionError} when `actual` is below `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;

/** @throws {AssertionError} unless `actual` is below `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void;

/** @throws {AssertionError} when `actual` is above `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;

/** @throws {AssertionError} unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void;

/** @throws {AssertionError} when the text matches. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;

/** @throws {AssertionError} unless `expected` stands somewhere in `actual`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void;

/** @throws {AssertionError} unless each item of `expected` equals one of `actual`, in whatever order. */
export function assertArrayIncludes<T>(
  actual: ArrayLikeArg<T>,
  expected: ArrayLikeArg<T>,
  msg?: string,
): void;

/** @throws {AssertionError} unless `actual` has everything that `expected` has. It may have more. */
export function assertObjectMatch(
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void;

/**
 * Calls `fn` and returns what it threw.
 * @throws {AssertionError} when it threw nothing.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Calls `fn` and returns the error it threw.
 * @throws {AssertionError} unless it threw one of that class, with `msgIncludes` somewhere in its message.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ClassOf<E>,
  msgIncludes?: string,
  msg?: string,
): E;

/**
 * Calls `fn` and resolves with what its promise was rejected with.
 * Rejects with an `AssertionError` when that promise resolved, or when `fn` threw before there was one.
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Calls `fn` and resolves with the error its promise was rejected with.
 * Rejects with an `AssertionError` unless it is of that class, with `msgIncludes` somewhere in its message.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ClassOf<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;

/** @throws {AssertionError} always. */
export function fail(msg?: string): never;

/** @throws {AssertionError} always: for a place the code should not come to. */
export function unreachable(msg?: string): never;

/** @throws {AssertionError} always: for what is still to be written. */
export function unimplemented(msg?: string): never;
