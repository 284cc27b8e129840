import { useEffect, useRef, type ReactNode } from 'react';

interface OverlayProps {
  label: string;
  className?: string;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that is open as long as it is there. The focus goes back to where it was. */
export function Overlay({ label, className = '', onClose, children }: OverlayProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opened = dialog.current!;
    if (!opened.open) opened.showModal();
    return () => opened.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-label={label}
      onCancel={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      {children}
    </dialog>
  );
}
