/** Two theorems of Lim et al. (ICLR 2024) about what graph metanetworks can compute, made to happen on the open network. */
import { useEffect } from 'react';
import { useApp } from '../../store';
import '../../styles/theorems.css';
import { followModel } from './asking';
import { ForwardPassSection } from './ForwardPassSection';
import { StatisticsSection } from './StatisticsSection';
import { type Theorem, theorems, useTheorems } from './theorem-store';

const TITLES: readonly (readonly [Theorem, string])[] = [
  ['forward-pass', 'Run the network'],
  ['statistics', 'Compute StatNN'],
];

export function TheoremsPanel() {
  const modelNumber = useApp((state) => state.modelNumber);
  const isCurrent = useTheorems((state) => state.modelNumber === modelNumber);
  const theorem = useTheorems((state) => state.theorem);
  useEffect(() => followModel(modelNumber), [modelNumber]);
  return (
    <div className="theorems">
      <fieldset className="theorem-choice">
        <legend>What a metanet can do</legend>
        {TITLES.map(([value, title]) => (
          <label key={value}>
            <input
              type="radio"
              name="theorem"
              checked={theorem === value}
              onChange={() => theorems.setState({ theorem: value })}
            />
            {title}
          </label>
        ))}
      </fieldset>
      {isCurrent && (theorem === 'forward-pass' ? <ForwardPassSection /> : <StatisticsSection />)}
    </div>
  );
}
