/** The zoo's networks nearest to the open one; those whose files come with the page are opened by a click. */
import type { NearNetwork } from '../../../tasks';
import { formatPercent } from '../../format';
import type { ZooNetwork } from '../../zoo/zoo-data';

interface NeighbourListProps {
  readonly near: readonly NearNetwork[];
  /** The nearest that can be opened, where none of those can. */
  readonly toOpen: NearNetwork | undefined;
  readonly networks: readonly ZooNetwork[];
  readonly colour: (accuracy: number) => string;
  readonly marked: number | undefined;
  readonly onMark: (network: number | undefined) => void;
  readonly onOpen: (network: number) => void;
}

export function NeighbourList(props: NeighbourListProps) {
  const { near, toOpen, networks, colour, marked, onMark, onOpen } = props;
  return (
    <table className="trust-table near-networks">
      <caption className="visually-hidden">Nearest networks of the zoo</caption>
      <thead>
        <tr>
          <th scope="col">nearest</th>
          <th scope="col" className="number">
            true
          </th>
          <th scope="col" className="number">
            distance
          </th>
        </tr>
      </thead>
      <tbody>
        {[...near, ...(toOpen ? [toOpen] : [])].map((one) => {
          const { network, distance } = one;
          const { name, accuracy, isShipped } = networks[network];
          return (
            <tr
              key={network}
              className={[network === marked && 'marked', one === toOpen && 'to-open']
                .filter(Boolean)
                .join(' ')}
              onPointerEnter={() => onMark(network)}
              onPointerLeave={() => onMark(undefined)}
            >
              <th scope="row">
                <span className="swatch-dot" style={{ background: colour(accuracy) }} />
                <Name
                  name={name.replace('.onnx', '')}
                  isShipped={isShipped}
                  onMark={(isMarked) => onMark(isMarked ? network : undefined)}
                  onOpen={() => onOpen(network)}
                />
              </th>
              <td className="number">{formatPercent(accuracy)}</td>
              <td className="number">{distance.toFixed(2)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface NameProps {
  readonly name: string;
  readonly isShipped: boolean;
  readonly onMark: (isMarked: boolean) => void;
  readonly onOpen: () => void;
}

function Name({ name, isShipped, onMark, onOpen }: NameProps) {
  if (!isShipped) return <span title="Its file does not come with the page">{name}</span>;
  return (
    <button
      type="button"
      className="link"
      title="Open it"
      onClick={onOpen}
      onFocus={() => onMark(true)}
      onBlur={() => onMark(false)}
    >
      {name}
      <span aria-hidden="true"> ↗</span>
    </button>
  );
}
