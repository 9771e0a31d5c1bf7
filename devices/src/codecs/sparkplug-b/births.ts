/** What a birth said of a metric. */
export interface Born {
  /** Id of the node or device that it belongs to. */
  device: string
  name: string
  /** Number of its data type. */
  type: number | undefined
}

interface Node {
  sequence: number | undefined
  session: number | undefined
  byAlias: Map<bigint, Born>
  /** By device and name. */
  byName: Map<string, Born>
}

/** Most metrics that are remembered of all nodes together. */
const MAX_METRICS = 50_000
/** Most edge nodes that are remembered. */
const MAX_NODES = 1000

const keyOf = (device: string, name: string): string => `${device}\n${name}`

/**
 * What the births of edge nodes said, which their data refer to: the names and types behind aliases, and how far
 * the sequence is. Bounded: beyond it the nodes that were silent longest are forgotten, and have to be born again.
 */
export class Births {
  readonly #nodes = new Map<string, Node>()
  #metrics = 0

  /** A node begins a session; what was known of it and its devices is over. */
  begin(node: string, session: number | undefined): void {
    this.end(node)
    this.#nodes.set(node, { sequence: undefined, session, byAlias: new Map(), byName: new Map() })
    this.#bound()
  }

  /** A node is gone. */
  end(node: string): void {
    this.#metrics -= this.#nodes.get(node)?.byName.size ?? 0
    this.#nodes.delete(node)
  }

  has(node: string): boolean {
    return this.#nodes.has(node)
  }

  /** The number that a death names again: `bdSeq`. */
  sessionOf(node: string): number | undefined {
    return this.#nodes.get(node)?.session
  }

  /** Forgets the metrics of one device. */
  endDevice(node: string, device: string): void {
    const known = this.#nodes.get(node)
    if (!known) return
    for (const [alias, born] of known.byAlias) if (born.device === device) known.byAlias.delete(alias)
    for (const [key, born] of known.byName)
      if (born.device === device) {
        known.byName.delete(key)
        this.#metrics--
      }
  }

  /** Remembers a metric of a birth. */
  remember(node: string, alias: bigint | undefined, born: Born): void {
    const known = this.#nodes.get(node)
    if (!known) return
    const key = keyOf(born.device, born.name)
    if (!known.byName.has(key)) this.#metrics++
    known.byName.set(key, born)
    if (alias !== undefined) known.byAlias.set(alias, born)
    this.#bound()
  }

  byAlias(node: string, alias: bigint): Born | undefined {
    return this.#nodes.get(node)?.byAlias.get(alias)
  }

  byName(node: string, device: string, name: string): Born | undefined {
    return this.#nodes.get(node)?.byName.get(keyOf(device, name))
  }

  /** Takes the sequence number of a message; the one that was due where it was another. */
  advance(node: string, sequence: number): number | undefined {
    const known = this.#nodes.get(node)
    if (!known) return
    const due = known.sequence === undefined ? undefined : (known.sequence + 1) % 256
    known.sequence = sequence
    // The node that spoke last is forgotten last.
    this.#nodes.delete(node)
    this.#nodes.set(node, known)
    return due === undefined || due === sequence ? undefined : due
  }

  #bound(): void {
    while (this.#nodes.size > MAX_NODES || this.#metrics > MAX_METRICS) {
      const [silent] = this.#nodes.keys()
      this.end(silent as string)
    }
  }
}
