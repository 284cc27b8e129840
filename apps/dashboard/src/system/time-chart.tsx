import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onColors } from '../shell/theme.js';
import { language, locale } from '../words/words.js';
import { type Columns } from './hour.js';

interface TimeChartProps {
  title: string;
  columns: Columns;
  /** Of each line, in the order of the columns. */
  names: readonly string[];
  /** How a value is written, with its unit. */
  format: (value: number) => string;
  /** What somebody hears who does not see it. */
  summary: string;
}

const HEIGHT = 150;
const LINE_COLORS = 6;
const HOUR_S = 3_600;
/** Lines of nearly nothing stay near the bottom. */
const LEAST_TOP = 4;

/** The name of the colour of a line; the same for one instance in every chart. */
export function lineColor(at: number): string {
  return `--line-${(at % LINE_COLORS) + 1}`;
}

/** Lines over the last hour, drawn on a canvas; what it shows is said in words as well. */
export function TimeChart({ title, columns, names, format, summary }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const newest = useRef({ columns, format });
  newest.current = { columns, format };
  const lines = names.join('\n');

  useEffect(() => {
    const container = place.current!;
    const draw = (): void => {
      chart.current?.destroy();
      const labels = lines === '' ? [] : lines.split('\n');
      const options = optionsOf(container.clientWidth, labels, (value) =>
        newest.current.format(value),
      );
      chart.current = new UPlot(options, newest.current.columns, container);
    };
    draw();
    const size = new ResizeObserver(() =>
      chart.current?.setSize({ width: container.clientWidth, height: HEIGHT }),
    );
    size.observe(container);
    const ends = [onColors(draw), language.subscribe(draw)];
    return () => {
      size.disconnect();
      for (const end of ends) end();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [lines]);
  useEffect(() => chart.current?.setData(columns), [columns]);

  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${summary}`} />
    </figure>
  );
}

function optionsOf(
  width: number,
  names: readonly string[],
  format: (value: number) => string,
): UPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const color = (name: string): string => styles.getPropertyValue(name).trim();
  const clock = new Intl.DateTimeFormat(locale(), {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const axis = {
    stroke: color('--text-2'),
    font: '12px "Noto Sans", sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 24, 0, 0],
    scales: {
      x: { range: (_chart, _oldest, newest) => [newest - HOUR_S, newest + 60] },
      y: { range: (_chart, _least, most) => [0, Math.max(LEAST_TOP, most * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_chart, times) => times.map((time) => clock.format(time * 1_000)),
      },
      { ...axis, size: 64, values: (_chart, values) => values.map(format) },
    ],
    series: [
      {},
      ...names.map((label, at) => ({
        label,
        stroke: color(lineColor(at)),
        width: 1.5,
        points: { size: 4 },
      })),
    ],
  };
}
