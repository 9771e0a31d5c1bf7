import type { Detector, Inputs, Samples } from '../detectors/index.ts'
import type { Outlook } from '../detectors/outlook.ts'
import type { QuietPlace } from './quiet-scopes.ts'

/** A feature that quiet scopes look at, once for all of them. */
export interface Watched {
  readonly detector: Detector
  readonly inputs: Inputs
  /** Its value when it was looked at last; NaN where its outlook has told enough since. */
  value: number | undefined
  /** While it lies between these, what every quiet scope's conditions say of it stays; none where `low` is NaN. */
  low: number
  high: number
  /** Who looks at it, and which of its features it is to them; quiet or not. */
  users: { place: QuietPlace; at: number }[]
  /** Which of the watched features it is. */
  index: number
  /** Somebody came or left since the bounds were made. */
  isLoose: boolean
}

// Outlooks lie beside one another as numbers: to fetch them one by one is most of what a reading costs that changes nothing.
const WIDTH = 5
const UNTIL = 0
const ABOVE = 1
const BELOW = 2
const FROM = 3
const TO = 4

const NEVER = Number.NEGATIVE_INFINITY
/** Where nobody who is quiet looks. */
const UNCONDITIONAL: Outlook = {
  until: Number.POSITIVE_INFINITY,
  above: Number.NEGATIVE_INFINITY,
  below: Number.POSITIVE_INFINITY,
  from: Number.POSITIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
}

/** The features of the quiet scopes over some series: each is computed when its outlook does not hold. */
export class WatchedFeatures {
  readonly #leave: (place: QuietPlace) => void
  #watched: Watched[] = []
  /** The series of each. */
  #samples: Samples[] = []
  #outlooks = new Float64Array(0)

  /** @param leave - for a scope whose conditions may say something else now: it has to `loosen` here */
  constructor(leave: (place: QuietPlace) => void) {
    this.#leave = leave
  }

  /** Looks at a scope's features, which have the values that it saw last. */
  watch(place: QuietPlace): void {
    const { sight } = place.scope
    const { detectors } = sight.features
    sight.boundsTo(place.low, place.high)
    for (let at = 0; at < detectors.length; at++) {
      const { detector, inputs } = detectors[at] as Pick<Watched, 'detector' | 'inputs'>
      let watched = place.watched[at]
      if (watched?.detector !== detector) {
        if (watched) this.#dismiss(watched, place)
        watched = this.#watched.find(one => one.detector === detector) ?? this.#add({ detector, inputs })
        watched.users.push({ place, at })
        place.watched[at] = watched
      }
      watched.value = sight.valueOf(at)
      this.#loosen(watched)
    }
  }

  /** To be called when a scope is quiet no more. */
  loosen(place: QuietPlace): void {
    for (const watched of place.watched) this.#loosen(watched)
  }

  /** To be called with each sample of the series that has become the newest, at `t`: scopes leave to which it means more. */
  look(t: number): void {
    const outlooks = this.#outlooks
    let samples: Samples | undefined
    let first = 0
    let next = 0
    let newest = 0
    for (let index = 0; index < this.#samples.length; index++) {
      const own = this.#samples[index] as Samples
      if (own !== samples) {
        samples = own
        first = samples.first
        next = samples.next
        newest = samples.value(next - 1)
      }
      const at = index * WIDTH
      const holds =
        t < (outlooks[at + UNTIL] as number) &&
        newest > (outlooks[at + ABOVE] as number) &&
        newest < (outlooks[at + BELOW] as number) &&
        first <= (outlooks[at + FROM] as number) &&
        next <= (outlooks[at + TO] as number)
      if (!holds) this.#compute(index, t)
    }
  }

  // Writes down until when it is not to be computed again.
  #compute(index: number, t: number): void {
    const watched = this.#watched[index] as Watched
    if (watched.isLoose) tighten(watched)
    const { detector, inputs, low, high } = watched
    if (!watched.users.some(isQuiet)) {
      this.#write(index, UNCONDITIONAL)
      return
    }
    const value = detector.value(inputs, t)
    const stays = value !== undefined && value > low && value < high
    const outlook = stays ? detector.outlook?.(inputs, t, watched) : undefined
    if (outlook) this.#write(index, outlook)
    else this.#outlooks[index * WIDTH + UNTIL] = NEVER
    if (!stays && value !== watched.value)
      for (const { place, at } of watched.users) if (!isWithin(place, at, value)) this.#leave(place)
    watched.value = outlook ? Number.NaN : value
  }

  #write(index: number, { until, above, below, from, to }: Outlook): void {
    const at = index * WIDTH
    this.#outlooks[at + UNTIL] = until
    this.#outlooks[at + ABOVE] = above
    this.#outlooks[at + BELOW] = below
    this.#outlooks[at + FROM] = from
    this.#outlooks[at + TO] = to
  }

  #loosen(watched: Watched): void {
    watched.isLoose = true
    this.#outlooks[watched.index * WIDTH + UNTIL] = NEVER
  }

  #add({ detector, inputs }: Pick<Watched, 'detector' | 'inputs'>): Watched {
    const index = this.#watched.length
    const watched: Watched = {
      detector,
      inputs,
      value: undefined,
      low: 0,
      high: 0,
      users: [],
      index,
      isLoose: true,
    }
    this.#arrange([...this.#watched, watched])
    return watched
  }

  #dismiss(watched: Watched, place: QuietPlace): void {
    watched.users = watched.users.filter(user => user.place !== place)
    this.#loosen(watched)
    if (watched.users.length === 0) this.#arrange(this.#watched.filter(one => one !== watched))
  }

  #arrange(all: Watched[]): void {
    this.#watched = all
    this.#samples = all.map(({ inputs }) => inputs[0])
    this.#outlooks = new Float64Array(all.length * WIDTH).fill(NEVER)
    all.forEach((watched, index) => {
      watched.index = index
    })
  }
}

const isQuiet = ({ place }: Watched['users'][number]): boolean => place.isTaken && place.isBounded

// The narrowest bounds of those that are quiet.
function tighten(watched: Watched): void {
  watched.isLoose = false
  watched.low = Number.NEGATIVE_INFINITY
  watched.high = Number.POSITIVE_INFINITY
  for (const user of watched.users) {
    if (!isQuiet(user)) continue
    watched.low = Math.max(watched.low, user.place.low[user.at] as number)
    watched.high = Math.min(watched.high, user.place.high[user.at] as number)
  }
}

const isWithin = ({ isTaken, low, high }: QuietPlace, at: number, value: number | undefined): boolean =>
  !isTaken || (value !== undefined && value > (low[at] as number) && value < (high[at] as number))
