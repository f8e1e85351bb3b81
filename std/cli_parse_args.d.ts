/**
 * Types for the plain JavaScript behind `@std/cli/parse-args`. The result's type follows from the options, and
 * promises no more than that of the JSR package does, so what checks against these checks against those. Where
 * JSR's would say `any` this says `unknown`, and so for a name with a dot in it, which is parsed into nested objects.
 * The order of the type parameters is not JSR's: let them be inferred.
 */

/** An intersection written out as one object type. */
type Flat<T> = { [Key in keyof T]: T[Key] };

/** A name known when compiling, and without the dots that make nested objects. */
type Plain<Name> = Name extends `${string}.${string}` ? never
  : string extends Name ? never
  : Extract<Name, string>;

/** The flags the options name, before defaults and aliases. */
type Flags<Booleans, Strings, Collected, Negatable> =
  & { [Name in Plain<Exclude<Strings, Collected>>]?: OrFalse<string, Name, Negatable> }
  & { [Name in Plain<Extract<Strings, Collected>>]: OrFalse<string[], Name, Negatable> }
  & { [Name in Plain<Exclude<Booleans, Collected>>]: boolean }
  & { [Name in Plain<Extract<Booleans, Collected>>]: boolean[] }
  & { [Name in Plain<Exclude<Collected, Strings | Booleans>>]: OrFalse<unknown[], Name, Negatable> };

/** What `--no-name` adds to a flag that is no boolean already. */
type OrFalse<Value, Name, Negatable> = Name extends Negatable ? Value | false : Value;

/** A flag with a default is always there. */
type WithDefaults<Named, Defaults> =
  & Omit<Named, keyof Defaults>
  & {
    [Name in Plain<keyof Defaults>]: Name extends keyof Named ? Defaults[Name] | NonNullable<Named[Name]>
      : unknown;
  };

/** The same value again under each of a flag's aliases. */
type WithAliases<Named, Aliases> = {
  [Name in keyof Named as Name | AliasesOf<Name, Aliases>]: Named[Name];
};

type AliasesOf<Name, Aliases> = Name extends keyof Aliases
  ? Aliases[Name] extends infer Alias extends string ? (string extends Alias ? never : Alias)
  : Aliases[Name] extends (infer Alias extends string)[] ? Alias
  : never
  : never;

/** What {@linkcode parseArgs} returns. */
export type Args<
  Named extends Record<string, unknown> = Record<string, unknown>,
  DoubleDash extends boolean | undefined = undefined,
> = Flat<
  & Named
  & {
    /** The arguments that belong to no flag. What looks like a number is one. */
    _: (string | number)[];
  }
  & (boolean extends DoubleDash ? { "--"?: string[] }
    : true extends DoubleDash ? { "--": string[] }
    : unknown)
>;

/** Options of {@linkcode parseArgs}. Each list of names may be one name instead. */
export interface ParseOptions<
  Booleans extends boolean | string = boolean | string,
  Strings extends string = string,
  Collected extends string = string,
  Negatable extends string = string,
  Defaults extends Record<string, unknown> = Record<string, unknown>,
  Aliases extends Record<string, string | string[]> = Record<string, string | string[]>,
  DoubleDash extends boolean | undefined = boolean | undefined,
> {
  /** Keep what comes after a bare `--` apart, under that name, instead of adding it to `_`. Default `false`. */
  "--"?: DoubleDash;
  /** Other names for a flag, by the flag's name. */
  alias?: Aliases;
  /** Flags that are on or off, and off where they were not given; `true` for every `--flag` without an `=`. */
  boolean?: Booleans | readonly Extract<Booleans, string>[];
  /** Values of the flags that were not given. */
  default?: Defaults;
  /** Everything from the first argument that belongs to no flag on goes to `_`. Default `false`. */
  stopEarly?: boolean;
  /** Flags whose value stays text, even where it looks like a number. */
  string?: Strings | readonly Strings[];
  /** Flags that may come several times and whose values are gathered in an array. Of others the last one counts. */
  collect?: Collected | readonly Collected[];
  /** Flags that `--no-` before the name turns off. */
  negatable?: Negatable | readonly Negatable[];
  /**
   * Called for each argument that no option names, with the flag's name and value where it is a flag. The
   * argument is left out of the result when this returns `false`.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/**
 * Parses command line arguments: `--name value`, `--name=value`, `-n value`, `--flag`, and everything else into `_`.
 * @throws {TypeError} for an alias that is `undefined`.
 */
export function parseArgs<
  DoubleDash extends boolean | undefined = undefined,
  Booleans extends boolean | string = never,
  Strings extends string = never,
  Collected extends string = never,
  Negatable extends string = never,
  Defaults extends Record<string, unknown> = Record<never, never>,
  Aliases extends Record<string, AliasNames | AliasNames[]> = Record<never, never>,
  AliasNames extends string = string,
>(
  args: readonly string[],
  options?: ParseOptions<Booleans, Strings, Collected, Negatable, Defaults, Aliases, DoubleDash>,
): Args<
  & Record<string, unknown>
  & WithAliases<WithDefaults<Flags<Booleans, Strings, Collected, Negatable>, Defaults>, Aliases>,
  DoubleDash
>;
