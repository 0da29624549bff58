/// A weight that no longer changes, arranged for tiles once rather than for every product.
package struct KeptPanels {
    private var memory: UnsafeMutableRawPointer?
    /// The way of computing that they are for, by its name.
    private var way = ""

    /// Nothing is arranged yet.
    package init() {}

    /// What was arranged for a way of computing, of `count` floats; nil for none.
    func panels(_ way: String, count: Int) -> UnsafeMutablePointer<Float>? {
        way == self.way ? memory?.assumingMemoryBound(to: Float.self) : nil
    }

    /// Memory for `count` floats, the same for every way.
    mutating func place(for way: String, count: Int) -> UnsafeMutablePointer<Float> {
        let memory =
            memory
            ?? UnsafeMutableRawPointer.allocate(
                byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        (self.memory, self.way) = (memory, way)
        return memory.bindMemory(to: Float.self, capacity: count)
    }

    /// Ends its use.
    package func deallocate() { memory?.deallocate() }
}
