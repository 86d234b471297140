/** What a line of a chart stands for, beside a piece of it; or beside a point, where it is only points. */
interface ChartKeyProps {
  /** The line's class. */
  readonly name: string;
  readonly isScattered?: boolean;
  readonly words: string;
}

export function ChartKey({ name, isScattered, words }: ChartKeyProps) {
  return (
    <span className="key">
      <svg className="chart-key" width={isScattered ? 12 : 22} height="10" aria-hidden="true">
        <g className={`line ${name}`}>
          {isScattered ? <circle cx="6" cy="5" r="3.2" /> : <path d="M0 5H22" />}
        </g>
      </svg>
      {words}
    </span>
  );
}
