/** The sign of the house: three pickets and their rail. */
export function PicketMark() {
  return (
    <svg class="picket-mark" viewBox="0 0 28 24" aria-hidden="true">
      <path
        d="M2.5 8.5l3-4.5 3 4.5V22h-6zM11 6.5L14 2l3 4.5V22h-6zM19.5 8.5l3-4.5 3 4.5V22h-6z"
        class="pales"
      />
      <path d="M0 13.5h28" class="rail" />
    </svg>
  )
}
