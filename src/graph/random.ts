/** Seeded random numbers: the same seed gives the same sequence everywhere (mulberry32). Uniform on [0, 1). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A uniformly random permutation of 0 … count − 1 (Fisher–Yates). */
export function randomPermutation(count: number, random: Random): Int32Array {
  const permutation = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [permutation[last], permutation[other]] = [permutation[other], permutation[last]];
  }
  return permutation;
}
