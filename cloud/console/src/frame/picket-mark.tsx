/** The sign of the house: three pickets and their rail. */
export function PicketMark() {
  return (
    <svg class="picket-mark" viewBox="0 0 28 24" aria-hidden="true">
      <path d="M2 8l4-5 4 5v14H2zM10 6l4-5 4 5v17h-8zM18 8l4-5 4 5v14h-8z" class="pales" />
      <path d="M0 13.5h28" class="rail" />
    </svg>
  )
}
