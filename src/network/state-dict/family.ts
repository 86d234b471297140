/**
 * A family of networks: names by which its state dicts are known, and the program that its networks compute.
 */

import type { ActivationType } from './activation-types';
import type { InferenceBuilder } from './inference-builder';
import type { Module } from './module';

/** What a family writes its program from. */
export interface Parts {
  readonly root: Module;
  /** The module that holds all but the heads; the root where that has no name of its own. */
  readonly body: Module;
  /** Pictures are flattened with their channels last (Keras). */
  readonly isChannelsLast: boolean;
}

export interface Family {
  /** In words that follow "named like": "torchvision’s ResNet". */
  readonly name: string;
  /** The module that holds all but the heads, where it has a name of its own: "bert". */
  readonly bodies?: readonly string[];
  /** Modules or tensors of the body that every network of the family has, and no network of another. */
  readonly signs: readonly string[];
  /** What else must be true of the body, where other networks have the same names. */
  isMeant?(body: Module): boolean;
  /** What usually follows hidden layers. Families in which several functions do name each where it stands. */
  readonly activation: ActivationType;
  /** Throws MismatchError where the tensors do not fit. */
  write(builder: InferenceBuilder, parts: Parts): void;
}

/** The body of a network of this family, or undefined where the names are not its. */
export function bodyOf({ bodies = [], signs, isMeant }: Family, root: Module): Module | undefined {
  const candidates = [...bodies.flatMap((name) => root.child(name) ?? []), root];
  return candidates.find(
    (body) =>
      signs.every((sign) => body.child(sign) !== undefined || body.tensor(sign) !== undefined) &&
      (isMeant?.(body) ?? true),
  );
}
