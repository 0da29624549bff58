import Tensors

/// The buffers of the matrix library, which it asks for again and again where they are refused.
package enum MatrixLibraryMemory {
    /// Bytes of address space: one buffer for each thread, as OpenBLAS reserves them for 64-bit processors.
    package static var bytes: Double { Double(BLAS.threads) * 128 * 1_048_576 }

    /// Tries whether it will get them, before its first product.
    ///
    /// - Throws: `MemoryShortage`.
    package static func check() throws(MemoryShortage) {
        if let supply = MemorySupply.shortage(of: 0, reserving: bytes) { throw MemoryShortage(bytes, supply) }
    }
}

/// Too little memory, whatever the configuration says.
public struct MemoryShortage: Fault {
    /// What kind of fault it is.
    public var kind: FaultKind { .inputOutput }

    /// One line.
    public let description: String

    package init(_ bytes: Double, _ supply: MemorySupply) {
        description =
            "memory: matrix products need \(MemoryNeed.text(bytes)) of address space, there are "
            + "\(MemoryNeed.text(supply.bytes)) (\(supply.source)). Raise the limit, or use fewer processors (\"taskset\")."
    }
}
