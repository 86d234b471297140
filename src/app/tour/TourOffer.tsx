/** Offered once, on the first visit: a quiet line that can be put away. */
import { useEffect, useState } from 'react';
import { storePreferences } from '../preferences';
import { store } from '../store';
import { startTour, useTour } from './tour-store';

export function TourOffer() {
  const [isOffered, setOffered] = useState(() => !store.getState().isTourKnown);
  const isTouring = useTour(({ stop, isMoving }) => stop !== undefined || isMoving);
  useEffect(() => {
    store.setState({ isTourKnown: true });
    storePreferences(store.getState());
  }, []);
  useEffect(() => {
    if (isTouring) setOffered(false);
  }, [isTouring]);
  if (!isOffered || isTouring) return null;
  return (
    <p className="tour-offer small">
      <span className="muted">New to metanets?</span>
      <button type="button" onClick={startTour}>
        Take the tour
      </button>
      <button type="button" className="quiet" aria-label="No tour" onClick={() => setOffered(false)}>
        ✕
      </button>
    </p>
  );
}
