import Tensors

/// A sound file as accidents and strangers change it: bits and bytes changed, put in, taken out, parts cut.
public struct ChangedFiles {
    private let sound: [UInt8]
    private let pieces: [UInt8]
    private var random: RandomStream

    /// Changes of a file.
    ///
    /// - Parameters:
    ///   - sound: its bytes, not empty.
    ///   - pieces: bytes that mean something in it, such as brackets; its own without them.
    ///   - seed: of the changes.
    public init(_ sound: [UInt8], pieces: String = "", seed: UInt64) {
        self.sound = sound
        self.pieces = pieces.isEmpty ? sound : Array(pieces.utf8)
        random = RandomStream(seed: seed, for: .testing)
    }

    /// The file with one to five changes.
    public mutating func next() -> [UInt8] {
        var bytes = sound
        for _ in 0...random.nextInteger(below: 4) where !bytes.isEmpty {
            let at = random.nextInteger(below: bytes.count)
            let piece = pieces[random.nextInteger(below: pieces.count)]
            switch random.nextInteger(below: 6) {
            case 0: bytes[at] = UInt8(random.nextInteger(below: 256))
            case 1: bytes[at] ^= 1 << UInt8(random.nextInteger(below: 8))
            case 2: bytes[at] = piece
            case 3: bytes.insert(piece, at: at)
            case 4: bytes.remove(at: at)
            default: bytes.removeSubrange(at..<min(bytes.count, at + random.nextInteger(below: 40)))
            }
        }
        return bytes
    }

    /// How many changed files a reader takes; it must not crash on the others, and refuses them by an error.
    ///
    /// - Parameters:
    ///   - executions: how many files.
    ///   - read: reads one, and looks at what it read.
    /// - Returns: the number that were read.
    public mutating func accepted(of executions: Int, by read: ([UInt8]) throws -> Void) -> Int {
        (0..<executions).count { _ in
            let bytes = next()
            do { try read(bytes) } catch { return false }
            return true
        }
    }
}
