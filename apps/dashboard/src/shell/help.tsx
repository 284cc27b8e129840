import { useWords } from '../words/words.js';
import { Overlay } from './overlay.js';
import { views } from './views.js';

/** All keys of the page. */
export function Help({ onClose }: { onClose: () => void }) {
  const { keys, nav, dialog } = useWords();
  const lines: (readonly [keys: readonly string[], meaning: string])[] = [
    [['Ctrl', 'K'], keys.palette],
    [['/'], keys.search],
    ...views.map(({ key, name }) => [['g', key], `${keys.go} ${nav[name]}`] as const),
    [['↑', '↓'], keys.arrows],
    [['Enter'], keys.enter],
    [['Esc'], keys.escape],
    [['?'], keys.help],
  ];
  return (
    <Overlay label={keys.title} onClose={onClose}>
      <h2>{keys.title}</h2>
      <dl className="help-keys">
        {lines.map(([pressed, meaning]) => (
          <div key={meaning}>
            <dt>
              {pressed.map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        {dialog.close}
      </button>
    </Overlay>
  );
}
