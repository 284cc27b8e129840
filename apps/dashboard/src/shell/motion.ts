const reduced = matchMedia('(prefers-reduced-motion: reduce)');

/** Whether the viewer wants to see no movement: what would glide is put where it goes. */
export function isStill(): boolean {
  return reduced.matches;
}
