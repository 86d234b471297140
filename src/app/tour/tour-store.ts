/** Where the tour stands. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export interface TourState {
  /** The stop that is shown, from 0; undefined where no tour is under way. */
  readonly stop: number | undefined;
  /** The page is being led to a stop. */
  readonly isMoving: boolean;
  /** The tour runs on a file of the person's own, and leaves it open. */
  readonly isOnOwnFile: boolean;
}

export const tour = createStore<TourState>(() => ({ stop: undefined, isMoving: false, isOnOwnFile: false }));

export const useTour = <T>(select: (state: TourState) => T): T => useStore(tour, select);

/** Starts the tour, which is loaded then. */
export const startTour = () => void import('./tour').then(({ beginTour }) => beginTour());

/** The address asks for the tour: #…&tour=1. */
const isAsked = () => new URLSearchParams(location.hash.slice(1)).get('tour') === '1';

/** Starts the tour if the address asks for it, now or later. Returns what ends the listening. */
export function followTourAddress(): () => void {
  const follow = () => {
    if (isAsked()) startTour();
  };
  follow();
  addEventListener('hashchange', follow);
  return () => removeEventListener('hashchange', follow);
}
