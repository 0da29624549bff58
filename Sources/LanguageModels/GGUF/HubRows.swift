import Networks
import Tensors

/// Matrices of a GGUF file whose rows it has in another order than the hub, copied row by row as they are stored; keeps the file
/// mapped.
final class HubRows: Sendable {
    private let file: GGUFFile
    // An address instead of a pointer, since what nobody writes any more may be read by every thread.
    private let address: UInt
    private let offsets: [String: Int]

    /// Copies what a checkpoint has of them.
    ///
    /// - Throws: `GGUFError` for numbers that are not finite.
    init(_ checkpoint: GGUFCheckpoint) throws {
        let file = checkpoint.file
        var (offsets, size): ([String: Int], Int) = ([:], 0)
        var copied: [(entry: Layout.Entry, tensor: GGUFFile.Tensor, heads: Int)] = []
        for entry in checkpoint.layout.entries where entry.shape.rows > 1 {
            let tensor = try checkpoint.tensor(of: entry)
            guard tensor.type != .single, let heads = checkpoint.interleavedHeads(entry.name) else {
                continue
            }
            try file.withBlocks(of: tensor) {
                guard tensor.type.kind.isFinite($0) else { throw checkpoint.notFinite(tensor) }
            }
            offsets[entry.name] = size
            // Rows begin at lines of the cache.
            size += (tensor.bytes + 63) & ~63
            copied.append((entry, tensor, heads))
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(size, 64), alignment: 64)
        (self.file, self.offsets, address) = (file, offsets, UInt(bitPattern: memory))
        for (entry, tensor, heads) in copied {
            let (rows, first) = (entry.shape.rows, memory + (offsets[entry.name] ?? 0))
            let bytes = tensor.bytes / rows
            file.withBlocks(of: tensor) { blocks in
                for row in 0..<rows {
                    let from = GGUFCheckpoint.fileRow(row, heads: heads, of: rows) * bytes
                    UnsafeMutableRawBufferPointer(start: first + row * bytes, count: bytes)
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: blocks[from..<from + bytes]))
                }
            }
            file.giveBackPages(of: tensor)
        }
    }

    deinit { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }

    /// Where a matrix begins, by its hub name; nil for one that stays in the file.
    subscript(name: String) -> UnsafeRawPointer? {
        guard let offset = offsets[name] else { return nil }
        return UnsafeRawPointer(bitPattern: address).map { $0 + offset }
    }
}
