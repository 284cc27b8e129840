import { type ReactNode } from 'react';
import { useWords } from '../words/words.js';

interface MapToolsProps {
  children: ReactNode;
}

/** The switches of the layers and tools. */
export function MapTools({ children }: MapToolsProps) {
  const words = useWords();
  return (
    <div className="map-tools" role="toolbar" aria-label={words.mapTools.title}>
      {children}
    </div>
  );
}

interface ToolSwitchProps {
  label: string;
  isOn: boolean;
  turn: (isOn: boolean) => void;
}

export function ToolSwitch({ label, isOn, turn }: ToolSwitchProps) {
  return (
    <button type="button" aria-pressed={isOn} onClick={() => turn(!isOn)}>
      {label}
    </button>
  );
}
